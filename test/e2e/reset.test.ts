import { afterAll, beforeAll, expect, test } from '@jest/globals';

import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import { dispatcherName, groupId, topicName } from '../../contract/names.ts';
import { topicOffsets } from './broker.ts';
import { addressOf, channelWith, whenReady } from './channels.ts';
import { until } from './cluster/wait.ts';
import { sendAtRate, sendFromPod } from './events.ts';
import { installed } from './installed.ts';
import type { Kubernetes } from './kubernetes.ts';
import { Sink } from './sink.ts';
import { kafkaAddress, restrictedNamespace, systemNamespace } from './system.ts';

const channel = { namespace: 'replay', name: 'orders' };
const group = groupId(channel, 'uid-replayed');
const bootstrap = kafkaAddress('KAFKA_BOOTSTRAP');
let kubernetes: Kubernetes;
let sink: Sink;

beforeAll(async () => {
  kubernetes = await installed();
  await kubernetes.apply([restrictedNamespace(channel.namespace)]);
  sink = await Sink.start(kubernetes, channel.namespace);
  const subscribers = [{ uid: 'uid-replayed', name: 'replayed', generation: 1, subscriberUri: sink.url('/count/replayed') }];
  await kubernetes.apply([channelWith(channel, { numPartitions: 3, dispatcher: { replicas: 3 }, subscribers })]);
  await whenReady(kubernetes, channel);
  await kubernetes.rolledOut(dispatcherName(channel), systemNamespace);
}, 300_000);

afterAll(async () => {
  await kubernetes.run('delete', 'namespace', channel.namespace, '--timeout=60s');
}, 90_000);

/** Sends until it is told to stop; returns the ids of all. */
async function sendUntil(signal: AbortSignal): Promise<string[]> {
  const sent: string[] = [];
  let seconds = 0;
  for (let round = 0; !signal.aborted; round += 1) {
    const load = await sendAtRate(kubernetes, sink.pod, addressOf(channel), { perSecond: 60, seconds: 10, prefix: `load-${round}-` });
    sent.push(...load.accepted);
    seconds += load.seconds;
  }
  expect(sent.length / seconds).toBeGreaterThan(50);
  return sent;
}

/** What `status.reset` says: an offset a partition. */
function offsetsIn(text = ''): number[] {
  expect(text).toMatch(/^0:\d+,1:\d+,2:\d+$/);
  return text.split(',').map((entry) => Number(entry.split(':')[1]));
}

async function replayed(id: string, to: string): Promise<{ from: number[]; to: number[] }> {
  await kubernetes.patch('kafkaconsumergroups', group, systemNamespace, { spec: { reset: { id, to } } });
  const done = await kubernetes.when('kafkaconsumergroups', group, systemNamespace, ({ status }) => (status as KafkaConsumerGroup['status']).reset?.id === id, { timeoutMs: 90_000 });
  const { reset } = done['status'] as KafkaConsumerGroup['status'];
  return { from: offsetsIn(reset?.from), to: offsetsIn(reset?.to) };
}

async function delivered(ids: readonly string[], times = 1): Promise<void> {
  await until(
    `${ids.length} events delivered ${times} times`,
    async () => {
      const counts = await sink.counts('/count/replayed');
      const missing = ids.filter((id) => (counts[id] ?? 0) < times);
      if (missing.length > 0) throw new Error(`${missing.length} are not: ${missing.slice(0, 5).join(', ')}`);
      return true;
    },
    { timeoutMs: 120_000, intervalMs: 1000 },
  );
}

const first = Array.from({ length: 30 }, (_, index) => `first-${index}`);

test('a group is replayed to the beginning, to the end, to a time and to offsets, ten times in a row, by three dispatchers and under load', async () => {
  expect(await sendFromPod(kubernetes, sink.pod, addressOf(channel), first)).toEqual(first.map(() => 202));
  await delivered(first);
  const load = new AbortController();
  const time = Date.now();
  const sending = sendUntil(load.signal);
  const offsets = (): ReturnType<typeof topicOffsets> => topicOffsets(bootstrap, topicName(channel), time);
  await until('load in each partition', async () => {
    const { since, end } = await offsets();
    return end.every((offset, partition) => offset > (since[partition] ?? 0)) ? true : undefined;
  });
  const chosen = '0:1,1:2,2:0';
  const targets = ['earliest', 'latest', new Date(time).toISOString(), chosen];
  try {
    for (let round = 0; round < 10; round += 1) {
      const target = targets[round % targets.length] ?? '';
      const before = await offsets();
      const { from, to } = await replayed(`replay-${round}`, target);
      const after = await offsets();
      const expected = { earliest: before.first, latest: to, [chosen]: [1, 2, 0] }[target] ?? before.since;
      expect({ target, to }).toEqual({ target, to: expected });
      if (target === 'latest') expect(to.map((offset, partition) => offset >= (before.end[partition] ?? 0) && offset <= (after.end[partition] ?? 0))).toEqual([true, true, true]);
      expect(from.map((offset, partition) => offset <= (after.end[partition] ?? 0))).toEqual([true, true, true]);
      expect(await sendFromPod(kubernetes, sink.pod, addressOf(channel), [`after-${round}`])).toEqual([202]);
      await delivered([`after-${round}`]);
    }
  } finally {
    load.abort();
  }
  const sent = await sending;
  await replayed('all', 'earliest');
  await delivered(sent);
  await delivered(first, 5);
}, 900_000);
