import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from '../../support/eventually.ts';
import { noteLags, stalls } from '../lags.ts';
import type { Scenario } from '../scenario.ts';
import { usualSetting } from '../scenario.ts';

/** A busy machine may delay half of all events for so long, not a subscriber that takes seconds. */
const notDelayedMs = 100;

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;
}

/** Shorter than the fault, and longer than a subscriber on a busy machine takes for an answer: events would not flow before the fault either. */
const deadlineMs = 3000;

const buried = { deadLetters: true, keylessSenders: 0 } as const;

/** Rows S: subscribers and dead letter sinks. */
export const subscriberScenarios: readonly Scenario[] = [
  {
    name: 'slow-subscriber',
    row: 'S2',
    about: 'one subscriber takes 2 s for each event and falls behind; the others get theirs as soon as before',
    duplicates: 'none',
    allAccepted: true,
    fault: async (stage) => {
      await stage.last(0.5);
      const before = ['keyed', 'unordered'].map((uid) => median(stage.delays(uid, 0)));
      const from = performance.now();
      stage.sink.behave('ordered', async (response) => {
        await delay(2000);
        response.writeHead(200).end();
      });
      await stage.last();
      await noteLags(stage);
      const after = ['keyed', 'unordered'].map((uid) => median(stage.delays(uid, from)));
      stage.felt('events behind', stage.lags.find(({ subscription }) => subscription === 'ordered')?.reported ?? 0);
      stage.felt(`subscribers that are not delayed: ${before.map(Math.round).join()} ms before, ${after.map(Math.round).join()} ms after`, after.every((ms, index) => ms < (before[index] ?? 0) + notDelayedMs) ? 1 : 0);
      stage.sink.behave('ordered', undefined);
    },
  },
  {
    name: 'failing-subscriber',
    row: 'S1',
    about: 'one subscriber answers 503 to everything for a while; the others go on, and nothing is rebuilt (ten minutes: --seconds 600)',
    duplicates: 'none',
    allAccepted: true,
    fault: async (stage) => {
      let refused = 0;
      stage.sink.behave('ordered', (response) => {
        refused += 1;
        response.writeHead(503).end();
      });
      const before = stage.sink.attempts.filter(({ subscription, accepted }) => subscription === 'keyed' && accepted).length;
      await stage.last();
      await noteLags(stage);
      stage.felt('dispatchers that have rebuilt nothing', (await stalls(stage)) === 0 && !stage.dispatchers.some(({ lines }) => lines.some(({ msg }) => msg.includes('it is rebuilt'))) ? stage.dispatchers.length : 0);
      stage.felt('refusals', refused);
      stage.felt('deliveries of the other', stage.sink.attempts.filter(({ subscription, accepted }) => subscription === 'keyed' && accepted).length - before);
      stage.sink.behave('ordered', undefined);
    },
  },
  {
    name: 'moody-subscriber',
    row: 'S1',
    about: 'every second first attempt is refused, reset, or answered late',
    setting: { delivery: { retry: 1000, backoffPolicy: 'exponential', backoffDelayMs: 50, timeoutMs: 30_000 } },
    duplicates: 'none',
    fault: async (stage) => {
      let moods = 0;
      for (const uid of ['ordered', 'keyed']) {
        stage.sink.behave(uid, async (response, { count }) => {
          moods += 1;
          const mood = count === 1 ? moods % 8 : 0;
          if (mood === 1) response.writeHead(500).end();
          else if (mood === 3) response.destroy();
          else if (mood === 5) response.writeHead(429, { 'retry-after': '0' }).end();
          else {
            if (mood === 7) await delay(300);
            response.writeHead(202).end();
          }
        });
      }
      await stage.last();
      stage.felt('moods', Math.floor(moods / 8));
      for (const uid of ['ordered', 'keyed']) stage.sink.behave(uid, undefined);
    },
  },
  {
    name: 'hanging-subscriber',
    row: 'S2',
    about: 'one subscriber never answers; attempts end at their deadline',
    setting: { delivery: { ...usualSetting.delivery, timeoutMs: deadlineMs } },
    fault: async (stage) => {
      let [hung, ended] = [0, 0];
      stage.sink.behave('ordered', (response) => {
        hung += 1;
        response.once('close', () => (ended += 1));
      });
      await stage.last();
      await eventually('attempts end at their deadline', () => ended > 0, 10_000, () => hung);
      stage.felt('attempts that hung', hung);
      stage.sink.behave('ordered', undefined);
    },
  },
  {
    name: 'dripping-subscriber',
    row: 'S2',
    about: 'the answer of one subscriber never ends, a byte at a time; attempts end at their deadline',
    setting: { delivery: { ...usualSetting.delivery, timeoutMs: deadlineMs } },
    fault: async (stage) => {
      let [drips, ended] = [0, 0];
      stage.sink.behave('ordered', async (response) => {
        response.writeHead(200);
        while (!response.destroyed) {
          response.write('.');
          drips += 1;
          await delay(100);
        }
        ended += 1;
      });
      await stage.last();
      await eventually('attempts end at their deadline', () => ended > 0, 10_000, () => drips);
      stage.felt('drips', drips);
      stage.sink.behave('ordered', undefined);
    },
  },
  {
    name: 'vanishing-subscriber',
    row: 'S1',
    about: 'every subscriber closes its connections and takes no new ones for a while',
    fault: async (stage) => {
      const before = stage.sink.begun;
      await stage.sink.shut();
      await stage.last();
      stage.felt('seconds without an attempt', stage.sink.begun - before < 50 ? stage.seconds : 0);
      await stage.sink.open();
    },
  },
  {
    name: 'dead-letters',
    row: 'S4',
    about: 'one subscriber refuses every event for good: each goes to the dead letter sink once',
    setting: { ...buried, subscriptions: [{ uid: 'ordered', order: 'ordered', mostAttempts: 3, backoffs: [50, 100] }, { uid: 'keyed', order: 'keyed' }], delivery: { retry: 2, backoffPolicy: 'linear', backoffDelayMs: 50, timeoutMs: 30_000 } },
    duplicates: 'none',
    allAccepted: true,
    fault: async (stage) => {
      stage.sink.behave('ordered', (response) => void response.writeHead(500).end());
      await stage.last();
      stage.felt('dead letters', stage.sink.attempts.filter(({ to, accepted }) => to === 'dead-letter' && accepted).length);
      stage.sink.behave('ordered', undefined);
    },
  },
  {
    name: 'dead-letter-sink-down',
    row: 'S4',
    about: 'one subscriber refuses every event, and its dead letter sink is down as well: nothing is lost',
    setting: { ...buried, delivery: { retry: 1, backoffPolicy: 'linear', backoffDelayMs: 50, timeoutMs: 2000 } },
    fault: async (stage) => {
      let refused = 0;
      stage.sink.behave('ordered', (response) => void response.writeHead(400).end());
      stage.sink.behave('ordered', (response) => {
        refused += 1;
        response.destroy();
      }, 'dead-letter');
      await stage.last();
      stage.felt('dead letters refused', refused);
      stage.sink.behave('ordered', undefined, 'dead-letter');
      await stage.last(0.3);
      stage.felt('dead letters', stage.sink.attempts.filter(({ to, accepted }) => to === 'dead-letter' && accepted).length);
      stage.sink.behave('ordered', undefined);
    },
  },
  {
    name: 'killed-while-failing',
    row: 'P2',
    about: 'a dispatcher is killed while a subscriber fails and the other is slow',
    setting: { pauseMs: 100 },
    duplicates: 'in flight when killed',
    fault: async (stage) => {
      let refused = 0;
      stage.sink.behave('ordered', (response) => {
        refused += 1;
        response.writeHead(503).end();
      });
      stage.sink.behave('keyed', async (response) => {
        await delay(50);
        response.writeHead(200).end();
      });
      await stage.last(0.4);
      stage.kills += 1;
      await stage.dispatcher(0).end('SIGKILL');
      await stage.last(0.4);
      stage.felt('refusals', refused);
      stage.sink.behave('ordered', undefined);
      stage.sink.behave('keyed', undefined);
      await stage.dispatcher(0).restart();
    },
  },
];
