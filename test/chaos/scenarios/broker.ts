import { setTimeout as delay } from 'node:timers/promises';

import { cpuSeconds } from '../../../bench/controlplane/cpu.ts';
import { eventually } from '../../support/eventually.ts';
import { readDeletedTopic } from '../deleted-topic.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';
import { createTopic, whole } from '../topic-admin.ts';

const nodes = [1, 2, 3] as const;

/** Every replica is in sync again: the next fault meets a whole cluster. */
async function healed({ cluster, topic, setting }: Stage): Promise<void> {
  for (const [name, partitions] of [[topic, setting.partitions], ['__consumer_offsets', 1]] as const) {
    await eventually(`all replicas of ${name} are in sync`, async () => (await whole(cluster.witness, name).catch(() => 0)) === partitions, 60_000);
  }
}

/** Share of a core that a dispatcher may use which has nothing to do but to look out for brokers. */
const restingShare = 0.05;

/** For as long as a fault lasts: the largest share of a core that a dispatcher has used meanwhile. */
async function shareOfCore(stage: Stage): Promise<number> {
  const used = (): number[] => stage.dispatchers.map(({ pid }) => cpuSeconds(pid));
  const [before, from] = [used(), performance.now()];
  await stage.last();
  const seconds = (performance.now() - from) / 1000;
  return Math.max(...used().map((after, index) => (after - (before[index] ?? 0)) / seconds));
}

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
      await healed(stage);
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
      await healed(stage);
    },
  },
  {
    name: 'leader-paused',
    row: 'B3',
    about: 'the broker that leads a partition is stopped in its tracks (SIGSTOP) for 30 s',
    fault: async (stage) => {
      const node = await stage.leader();
      await stage.cluster.brokers.pause(node);
      await delay(30_000);
      await stage.cluster.brokers.resume(node);
      stage.felt('brokers paused', 1);
      await healed(stage);
    },
  },
  {
    name: 'coordinator-paused',
    row: 'B3',
    about: 'the broker that coordinates the groups is stopped in its tracks (SIGSTOP) for 30 s',
    fault: async (stage) => {
      const node = await stage.coordinator();
      await stage.cluster.brokers.pause(node);
      await delay(30_000);
      await stage.cluster.brokers.resume(node);
      stage.felt('coordinators paused', 1);
      await healed(stage);
    },
  },
  {
    name: 'rolling-restart',
    row: 'B4',
    about: 'every broker gets SIGTERM and comes back, one after the other: no group rebalances',
    duplicates: 'none',
    fault: async (stage) => {
      const before = stage.rebalances;
      for (const node of nodes) {
        await stage.cluster.brokers.shutDown(node);
        await stage.cluster.brokers.restart(node);
        stage.felt('brokers restarted', 1);
        await healed(stage);
      }
      stage.felt('groups without a rebalance', stage.rebalances === before ? 1 : 0);
    },
  },
  {
    name: 'all-brokers-down',
    row: 'B5',
    about: 'every broker gets SIGKILL at once and comes back',
    recoverWithin: 30,
    fault: async (stage) => {
      await Promise.all(nodes.map((node) => stage.cluster.brokers.kill(node)));
      const acknowledged = (): number => stage.senders.log.filter(({ outcome }) => outcome === 'ok').length;
      await delay(1000);
      const before = acknowledged();
      const share = await shareOfCore(stage);
      stage.felt('seconds without an acknowledgement', acknowledged() === before ? stage.seconds : 0);
      stage.felt(`dispatchers that rest (most of a core: ${Math.round(100 * share)} %)`, share < restingShare ? stage.dispatchers.length : 0);
      await Promise.all(nodes.map((node) => stage.cluster.brokers.restart(node)));
      await healed(stage);
    },
  },
  {
    name: 'under-min-insync',
    row: 'B6',
    about: 'two of three brokers are killed: nothing is acknowledged until one is back',
    fault: async (stage) => {
      await stage.cluster.brokers.kill(2);
      await stage.cluster.brokers.kill(3);
      // What was on its way is answered by then, one way or the other.
      await delay(8000);
      const from = performance.now();
      await stage.last();
      stage.felt('seconds without a false acknowledgement', stage.senders.log.some(({ calledAt, outcome }) => calledAt > from && outcome === 'ok') ? 0 : stage.seconds);
      await Promise.all([stage.cluster.brokers.restart(2), stage.cluster.brokers.restart(3)]);
      await healed(stage);
    },
  },
  {
    name: 'leaders-moved',
    row: 'B7',
    about: 'partitions change their leaders, and nobody dies',
    duplicates: 'none',
    fault: async (stage) => {
      const node = await stage.leader();
      const others = nodes.filter((other) => other !== node);
      const admin = stage.kafka.admin();
      await admin.connect();
      for (const first of others) {
        const partitionAssignment = Array.from({ length: stage.setting.partitions }, (_none, partition) => ({ partition, replicas: [first, ...nodes.filter((other) => other !== first)] }));
        await admin.alterPartitionReassignments({ topics: [{ topic: stage.topic, partitionAssignment }] });
        await eventually(`broker ${first} leads`, async () => (await stage.leader()) === first, 20_000);
        stage.felt('leaders moved', 1);
        await stage.last(0.3);
      }
      await admin.disconnect();
    },
  },
  {
    name: 'topic-recreated',
    row: 'B10',
    about: 'the topic is deleted and created again while events flow and some wait: what is sent afterwards is not lost, what was acknowledged before was in the topic that was deleted',
    fault: async (stage) => {
      for (const { uid } of stage.setting.subscriptions) {
        stage.sink.behave(uid, async (response) => {
          await delay(60);
          response.writeHead(202).end();
        });
      }
      await stage.last(0.5);
      const admin = stage.kafka.admin();
      await admin.connect();
      await admin.deleteTopics({ topics: [stage.topic] });
      stage.felt('topics deleted', 1);
      await delay(1000);
      await admin.disconnect();
      await createTopic(stage.cluster.witness, stage.topic, stage.setting.partitions);
      // Replicas of the old topic may take a while to say that they are no more.
      await delay(5000);
      stage.deleted = await readDeletedTopic(stage.cluster.brokers, stage.topic);
      stage.lossAllowedBefore = performance.now();
      stage.felt('events that went with the topic', stage.deleted.length);
      for (const { uid } of stage.setting.subscriptions) stage.sink.behave(uid, undefined);
    },
  },
  {
    name: 'partitions-added',
    row: 'B11',
    about: 'the topic gets twice as many partitions while events flow',
    setting: { keyedSenders: 0, keylessSenders: 8 },
    fault: async (stage) => {
      const admin = stage.kafka.admin();
      await admin.connect();
      await admin.createPartitions({ topicPartitions: [{ topic: stage.topic, count: 2 * stage.setting.partitions }] });
      await admin.disconnect();
      await eventually('the new partitions are shared', () => stage.partitionsShared >= 2 * stage.setting.partitions * stage.setting.subscriptions.length, 30_000, () => stage.partitionsShared);
      stage.felt('partitions added', stage.setting.partitions);
    },
  },
  {
    name: 'retention-passes',
    row: 'B12',
    about: 'records are deleted that the subscribers do not have yet: they go on at the start of the log, and it is said',
    setting: { subscriptions: [{ uid: 'ordered', order: 'ordered' }] },
    fault: async (stage) => {
      stage.sink.behave('ordered', (response) => void response.writeHead(503).end());
      await stage.last();
      const admin = stage.kafka.admin();
      await admin.connect();
      const ends = await admin.fetchTopicOffsets(stage.topic);
      for (const one of stage.dispatchers) await one.end('SIGKILL');
      await admin.deleteTopicRecords({ topic: stage.topic, partitions: ends.map(({ partition, high }) => ({ partition, offset: high })) });
      await admin.disconnect();
      stage.lossAllowedBefore = performance.now();
      stage.sink.behave('ordered', undefined);
      for (const one of stage.dispatchers) await one.restart();
      await stage.flowing('past what was deleted');
      stage.felt('partitions that lost records and said so', stage.dispatchers.flatMap(({ lines }) => lines).filter(({ msg }) => msg.includes('out of the range of the log')).length);
    },
  },
];
