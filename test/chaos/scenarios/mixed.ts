import { setTimeout as delay } from 'node:timers/promises';

import { seeded } from '../../support/random.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const seed = 20_261;
const pauseMs = 3000;

type Fault = (stage: Stage) => Promise<void>;

const faults: readonly Fault[] = [
  async (stage) => {
    for (const proxy of stage.cluster.proxies('dispatcher')) stage.felt('connections reset', proxy.cut());
    await delay(pauseMs);
  },
  async (stage) => {
    for (const proxy of stage.cluster.proxies('receiver')) stage.felt('connections that fell silent', proxy.silence());
    await delay(pauseMs);
  },
  async (stage) => {
    stage.kills += 1;
    await stage.dispatcher(1).end('SIGKILL');
    stage.felt('dispatchers killed', 1);
    await delay(pauseMs);
    await stage.dispatcher(1).restart();
  },
  async (stage) => {
    stage.sink.behave('keyed', (response) => void response.writeHead(503).end());
    await delay(pauseMs);
    stage.sink.behave('keyed', undefined);
    stage.felt('subscribers that failed', 1);
  },
  async (stage) => {
    stage.receiver(1).signal('SIGKILL');
    await stage.receiver(1).stop();
    stage.felt('receivers killed', 1);
    await delay(pauseMs);
    await stage.startReceiver(1);
  },
];

export const mixedScenarios: readonly Scenario[] = [
  {
    name: 'mixed',
    row: 'P9',
    about: `a random subset of faults every few seconds, sometimes none (seed ${seed})`,
    fault: async (stage) => {
      const random = seeded(seed);
      for (const end = performance.now() + 4000 * stage.seconds; performance.now() < end; ) {
        await Promise.all(faults.filter(() => random() < 0.35).map((fault) => fault(stage)));
        await delay(pauseMs);
      }
    },
  },
];
