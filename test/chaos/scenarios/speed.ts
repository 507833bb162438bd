import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from '../../support/eventually.ts';
import type { Scenario, Setting } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const promisedPerSecond = 2000;
/** More than are delivered while it lasts. */
const events = 100_000;
/** As fast as subscribers answer, all together: no faster, so that the events last. */
const answersPerSecond = 2500;

/** What the senders send waits behind everything else. */
const recoverWithin = 90;

const setting: Partial<Setting> = { partitions: 48, dispatchers: 3, subscriptions: [{ uid: 'ordered', order: 'ordered' }], keyedSenders: 4, keylessSenders: 0, pauseMs: 200 };

/** Does it while a full topic is delivered, and proves how fast that went meanwhile. */
async function atSpeed(stage: Stage, work: () => Promise<void>): Promise<void> {
  let due = 0;
  stage.sink.behave('ordered', async (response) => {
    due = Math.max(performance.now(), due + 1000 / answersPerSecond);
    await delay(due - performance.now());
    response.writeHead(202).end();
  });
  await stage.fill(events);
  const accepted = (): number => stage.sink.attempts.filter((attempt) => attempt.accepted).length;
  await eventually('the full topic is delivered', () => accepted() > 5000, 30_000, accepted);
  const [before, from] = [accepted(), performance.now()];
  await work();
  const delivered = accepted() - before;
  const perSecond = Math.round((1000 * delivered) / (performance.now() - from));
  stage.felt(`${promisedPerSecond} events/s (measured: ${perSecond})`, perSecond >= promisedPerSecond ? 1 : 0);
  stage.felt('more events than were delivered meanwhile', Math.max(0, events - before - delivered));
  stage.sink.behave('ordered', undefined);
}

/** What is promised of graceful changes, at 2,000 events a second: nothing is lost, and nothing comes twice. */
export const speedScenarios: readonly Scenario[] = [
  {
    name: 'restarts-at-speed',
    row: 'P1',
    about: 'three dispatchers get SIGTERM and are started again, one after the other, at 2,000 events/s',
    setting,
    duplicates: 'none',
    allAccepted: true,
    recoverWithin,
    fault: (stage) => atSpeed(stage, async () => {
      for (const dispatcher of stage.dispatchers) {
        stage.felt('dispatchers that ended well', (await dispatcher.end('SIGTERM')) === 0 ? 1 : 0);
        await dispatcher.restart();
        await dispatcher.joined(1);
      }
    }),
  },
  {
    name: 'update-at-speed',
    row: 'P1',
    about: 'three dispatchers are replaced one by one, the new one first, at 2,000 events/s',
    setting,
    duplicates: 'none',
    allAccepted: true,
    recoverWithin,
    fault: (stage) => atSpeed(stage, async () => {
      for (let replaced = 0; replaced < 3; replaced += 1) {
        await (await stage.addDispatcher()).joined(1);
        await stage.removeDispatcher(0);
        stage.felt('dispatchers replaced', 1);
      }
      await stage.sharedEvenly(30);
    }),
  },
  {
    name: 'scaling-at-speed',
    row: 'P1',
    about: 'one dispatcher becomes three and one again, at 2,000 events/s',
    setting: { ...setting, dispatchers: 1 },
    duplicates: 'none',
    allAccepted: true,
    recoverWithin,
    fault: (stage) => atSpeed(stage, async () => {
      await Promise.all([stage.addDispatcher(), stage.addDispatcher()]);
      await stage.sharedEvenly(30);
      stage.felt('dispatchers that share evenly', 3);
      await stage.removeDispatcher(0);
      await stage.removeDispatcher(0);
      await stage.sharedEvenly(30);
    }),
  },
];
