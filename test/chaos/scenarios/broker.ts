import type { Scenario } from '../scenario.ts';

/** Rows B: brokers and what is on them. */
export const brokerScenarios: readonly Scenario[] = [
  {
    name: 'leader-killed',
    row: 'B1',
    about: 'the broker that leads a partition gets SIGKILL and comes back',
    fault: async (stage) => {
      const node = await stage.leader();
      await stage.cluster.brokers.kill(node);
      stage.felt('brokers killed', 1);
      await stage.last();
      await stage.cluster.brokers.restart(node);
    },
  },
  {
    name: 'coordinator-killed',
    row: 'B2',
    about: 'the broker that coordinates the groups gets SIGKILL and comes back',
    fault: async (stage) => {
      const node = await stage.coordinator();
      await stage.cluster.brokers.kill(node);
      stage.felt('coordinators killed', 1);
      await stage.last();
      await stage.cluster.brokers.restart(node);
    },
  },
];
