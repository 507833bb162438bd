import type { Scenario } from '../scenario.ts';

/** Rows N: the way between our processes and the brokers. */
export const networkScenarios: readonly Scenario[] = [
  {
    name: 'connections-cut',
    row: 'N3',
    about: 'every connection to a broker is reset again and again',
    fault: async (stage) => {
      for (let i = 0; i < 5; i += 1) {
        for (const role of ['receiver', 'dispatcher'] as const) for (const proxy of stage.cluster.proxies(role)) stage.felt('connections reset', proxy.cut());
        await stage.last(0.2);
      }
    },
  },
];
