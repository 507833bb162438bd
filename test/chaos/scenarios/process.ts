import { setTimeout as delay } from 'node:timers/promises';

import type { Scenario } from '../scenario.ts';

/** Rows P: our own processes. */
export const processScenarios: readonly Scenario[] = [
  {
    name: 'receiver-killed',
    row: 'P2',
    about: 'one of two receivers gets SIGKILL and is started again',
    fault: async (stage) => {
      stage.receiver(0).signal('SIGKILL');
      await stage.receiver(0).stop();
      stage.felt('receivers killed', 1);
      await stage.last();
      await stage.startReceiver(0);
    },
  },
  {
    name: 'dispatcher-killed',
    row: 'P2',
    about: 'one of two dispatchers gets SIGKILL and is started again',
    duplicates: 'in flight when killed',
    recoverWithin: 20,
    fault: async (stage) => {
      stage.kills += 1;
      stage.felt('dispatchers killed', (await stage.dispatcher(0).end('SIGKILL')) === null ? 1 : 0);
      await stage.last();
      await stage.dispatcher(0).restart();
    },
  },
  {
    name: 'dispatchers-restarted',
    row: 'P1',
    about: 'dispatchers get SIGTERM and are started again, one after the other',
    duplicates: 'none',
    allAccepted: true,
    fault: async (stage) => {
      for (const dispatcher of stage.dispatchers) {
        stage.felt('dispatchers that ended well', (await dispatcher.end('SIGTERM')) === 0 ? 1 : 0);
        await stage.last(0.3);
        await dispatcher.restart();
        await delay(1000);
      }
    },
  },
];
