import { describe, expect, test } from '@jest/globals';

import { aKafkaConsumerGroup } from '../../test/support/hook-objects.ts';
import type { KafkaAdmin, OffsetAt } from '../kafka/kafka-admin.ts';
import { gatherGroup, offsetAt } from './gather.ts';

const group = aKafkaConsumerGroup({ group: 'g', topic: 'orders', startAt: '2026-01-01T00:00:00Z' });

/** A topic of three partitions of which the second has an offset. */
function adminAsked(questions: { partitions: readonly number[]; at: OffsetAt }[]): KafkaAdmin {
  return {
    topic: () => Promise.resolve({ id: 'id', partitions: 3 }),
    members: () => Promise.resolve(0),
    committedOffsets: () => Promise.resolve(new Map([[1, 7n]])),
    offsetsAt: (_topic: string, partitions: readonly number[], at: OffsetAt) => {
      if (partitions.length < 3) questions.push({ partitions, at });
      return Promise.resolve(new Map(partitions.map((partition) => [partition, 0n])));
    },
  } as Partial<KafkaAdmin> as KafkaAdmin;
}

/** Which offsets of the other two it asked for. */
async function asked(status: typeof group.status, spec: Partial<typeof group.spec> = {}): Promise<{ partitions: readonly number[]; at: OffsetAt }[]> {
  const questions: { partitions: readonly number[]; at: OffsetAt }[] = [];
  await gatherGroup(adminAsked(questions), { ...group, spec: { ...group.spec, ...spec }, status }, 0);
  return questions;
}

describe('gatherGroup', () => {
  test('starts a new group where it is asked to', async () => {
    expect(await asked({ observedGeneration: -1 })).toEqual([{ partitions: [0, 2], at: 1_767_225_600_000n }]);
  });

  test('starts what a group that has started lacks at the first event, so that nothing is missed', async () => {
    expect(await asked({ initialized: true })).toEqual([{ partitions: [0, 2], at: 'earliest' }]);
  });
});

test('takes a retained group that has offsets for one that has started, though its object is new', async () => {
  expect(await asked({ observedGeneration: -1 }, { deletionPolicy: 'Retain' })).toEqual([{ partitions: [0, 2], at: 'earliest' }]);
});

test('R6.3: a replay moves partitions that have no offset yet as well', async () => {
  const { reset } = await gatherGroup(adminAsked([]), { ...group, spec: { ...group.spec, reset: { id: 'r', to: 'earliest' } }, status: { observedGeneration: -1 } }, 0);
  expect(reset).toMatchObject({ from: new Map([[1, 7n], [0, 0n], [2, 0n]]), to: new Map([[1, 0n], [0, 0n], [2, 0n]]) });
});

describe('offsetAt', () => {
  test.each([
    ['latest', 'latest'],
    ['earliest', 'earliest'],
    ['1970-01-01T00:00:01Z', 1000n],
    ['1900-01-01T00:00:00Z', 0n],
    ['2026-99-99Tx', 'latest'],
  ])('%s', (startAt, want) => expect(offsetAt(startAt)).toBe(want));
});
