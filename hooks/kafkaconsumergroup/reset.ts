import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { KafkaAdmin, OffsetAt, Offsets } from '../kafka/kafka-admin.ts';

/** A replay to be done: every partition that it moves, from where to where. */
export interface PlannedReset {
  readonly id: string;
  readonly from: Offsets;
  readonly to: Offsets;
}

export interface ResetFault {
  readonly fault: string;
}

/** The replay that is asked for and not done yet. Done once for each id. */
export function pendingReset({ spec, status }: KafkaConsumerGroup): KafkaConsumerGroup['spec']['reset'] {
  const done = (status as KafkaConsumerGroup['status'] | undefined)?.reset?.id;
  return spec.reset?.id === done ? undefined : spec.reset;
}

/** `current` has the offset of every partition. Offsets that a partition does not hold become its first or its end. */
export async function gatherReset(admin: KafkaAdmin, topic: string, { id, to }: { id: string; to: string }, current: Offsets): Promise<PlannedReset | ResetFault> {
  const partitions = [...current.keys()];
  const at = resetTarget(to);
  if (at === undefined) return { fault: `spec.reset.to is none of latest, earliest, a time (2026-01-31T12:00:00Z) and offsets (0:42,1:7)` };
  if (typeof at !== 'object') return { id, from: current, to: await admin.offsetsAt(topic, partitions, at) };
  const unknown = [...at.keys()].find((partition) => !current.has(partition));
  if (unknown !== undefined) return { fault: `spec.reset.to names partition ${unknown}, and the topic has none` };
  const named = [...at.keys()];
  const first = await admin.offsetsAt(topic, named, 'earliest');
  const end = await admin.offsetsAt(topic, named, 'latest');
  return { id, from: picked(current, named), to: new Map([...at].map(([partition, offset]) => [partition, between(offset, first.get(partition), end.get(partition))])) };
}

/** Undefined for what says no place. */
export function resetTarget(to: string): OffsetAt | Offsets | undefined {
  if (to === 'earliest' || to === 'latest') return to;
  if (/^\d+:\d{1,18}(,\d+:\d{1,18})*$/.test(to)) return new Map(to.split(',').map((entry) => entry.split(':')).map(([partition = '', offset = '']) => [Number(partition), BigInt(offset)]));
  const time = /^\d{4}-\d{2}-\d{2}T.*Z$/.test(to) ? Date.parse(to) : Number.NaN;
  return Number.isNaN(time) ? undefined : BigInt(Math.max(0, time));
}

/** The form that `spec.reset.to` takes, by partition. */
export function formatOffsets(offsets: Offsets): string {
  return [...offsets].sort(([a], [b]) => a - b).map(([partition, offset]) => `${partition}:${offset}`).join(',');
}

function picked(offsets: Offsets, partitions: readonly number[]): Offsets {
  return new Map([...offsets].filter(([partition]) => partitions.includes(partition)));
}

function between(offset: bigint, first = 0n, end = offset): bigint {
  if (offset < first) return first;
  return offset > end ? end : offset;
}
