import { afterAll, beforeAll, expect, test } from '@jest/globals';

import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import { dispatcherName, groupId } from '../../contract/names.ts';
import { addressOf, channelWith, whenReady } from './channels.ts';
import { sendFromPod } from './events.ts';
import { installed } from './installed.ts';
import type { Kubernetes } from './kubernetes.ts';
import { Sink } from './sink.ts';
import { restrictedNamespace, systemNamespace } from './system.ts';

const channel = { namespace: 'replay', name: 'orders' };
const group = groupId(channel, 'uid-replayed');
const partitions = 3;
let kubernetes: Kubernetes;
let sink: Sink;

beforeAll(async () => {
  kubernetes = await installed();
  await kubernetes.apply([restrictedNamespace(channel.namespace)]);
  sink = await Sink.start(kubernetes, channel.namespace);
  const subscribers = [{ uid: 'uid-replayed', name: 'replayed', generation: 1, subscriberUri: sink.url('/replayed') }];
  await kubernetes.apply([channelWith(channel, { numPartitions: partitions, dispatcher: { replicas: 3 }, subscribers })]);
  await whenReady(kubernetes, channel);
  await kubernetes.rolledOut(dispatcherName(channel), systemNamespace);
}, 300_000);

afterAll(async () => {
  await kubernetes.run('delete', 'namespace', channel.namespace, '--timeout=60s');
}, 90_000);

/** Sends three events at a time until it is told to stop; returns the ids of all. */
async function sendUntil(signal: AbortSignal): Promise<string[]> {
  const sent: string[] = [];
  for (let round = 0; !signal.aborted; round += 1) {
    const ids = [0, 1, 2].map((index) => `load-${round}-${index}`);
    expect(await sendFromPod(kubernetes, sink.pod, addressOf(channel), ids)).toEqual([202, 202, 202]);
    sent.push(...ids);
  }
  return sent;
}

async function replayed(round: number): Promise<void> {
  const id = `replay-${round}`;
  await kubernetes.patch('kafkaconsumergroups', group, systemNamespace, { spec: { reset: { id, to: 'earliest' } } });
  const done = await kubernetes.when('kafkaconsumergroups', group, systemNamespace, ({ status }) => (status as KafkaConsumerGroup['status']).reset?.id === id, { timeoutMs: 60_000 });
  const { reset } = done['status'] as KafkaConsumerGroup['status'];
  expect(reset?.to).toBe('0:0,1:0,2:0');
  expect(reset?.from.split(',')).toHaveLength(partitions);
}

test('a group is replayed ten times from its beginning, by three dispatchers and under load, and no event is lost', async () => {
  expect(await sendFromPod(kubernetes, sink.pod, addressOf(channel), ['first-0', 'first-1', 'first-2'])).toEqual([202, 202, 202]);
  await sink.received('/replayed', 3);
  const load = new AbortController();
  const sending = sendUntil(load.signal);
  try {
    for (let round = 1; round <= 10; round += 1) {
      await replayed(round);
      await timesSeen('first-0', round + 1);
    }
  } finally {
    load.abort();
  }
  const sent = await sending;
  for (const id of ['first-0', 'first-1', 'first-2']) await timesSeen(id, 11);
  for (const id of sent) await timesSeen(id, 1);
}, 600_000);

async function timesSeen(id: string, count: number): Promise<void> {
  await sink.receivedWhere('/replayed', ({ headers }) => headers['ce-id'] === id, count, { timeoutMs: 90_000 });
}
