import { describe, expect, test } from '@jest/globals';

import { aKafkaConsumerGroup } from '../../test/support/hook-objects.ts';
import type { KafkaAdmin, OffsetAt } from '../kafka/kafka-admin.ts';
import { formatOffsets, gatherReset, pendingReset, resetTarget } from './reset.ts';

/** Two partitions that hold the offsets 10 to 20. */
const admin = {
  offsetsAt: (_topic: string, partitions: readonly number[], at: OffsetAt) => Promise.resolve(new Map(partitions.map((partition) => [partition, at === 'earliest' ? 10n : at === 'latest' ? 20n : 15n]))),
} as Partial<KafkaAdmin> as KafkaAdmin;
const current = new Map([[0, 12n], [1, 13n]]);

describe('resetTarget', () => {
  test.each([
    ['latest', 'latest'],
    ['earliest', 'earliest'],
    ['1970-01-01T00:00:01Z', 1000n],
    ['0:42,11:7', new Map([[0, 42n], [11, 7n]])],
    ['2026-99-99T00:00:00Z', undefined],
    ['yesterday', undefined],
    ['0:1,', undefined],
    ['0:-1', undefined],
    ['', undefined],
  ])('%s', (to, want) => expect(resetTarget(to)).toEqual(want));
});

describe('gatherReset', () => {
  test.each([
    { to: 'earliest', from: '0:12,1:13', want: '0:10,1:10' },
    { to: '2026-01-01T00:00:00Z', from: '0:12,1:13', want: '0:15,1:15' },
    { to: '1:11', from: '1:13', want: '1:11' },
    { to: '0:3,1:99', from: '0:12,1:13', want: '0:10,1:20' },
  ])('to $to', async ({ to, from, want }) => {
    const reset = await gatherReset(admin, 'orders', { id: 'a', to }, current);
    if ('fault' in reset) throw new Error(reset.fault);
    expect({ from: formatOffsets(reset.from), to: formatOffsets(reset.to) }).toEqual({ from, to: want });
  });

  test.each([
    { to: 'soon', want: 'spec.reset.to is none of' },
    { to: '0:1,2:1', want: 'names partition 2, and the topic has none' },
  ])('refuses $to', async ({ to, want }) => {
    expect(await gatherReset(admin, 'orders', { id: 'a', to }, current)).toEqual({ fault: expect.stringContaining(want) });
  });
});

test('a reset is done once for each id', () => {
  const group = aKafkaConsumerGroup({ group: 'g', topic: 'orders', reset: { id: 'b', to: 'earliest' } });
  const done = (id: string): typeof group => ({ ...group, status: { reset: { id, from: '', to: '', at: '2026-01-01T00:00:00Z' } } });
  expect(pendingReset(group)).toEqual({ id: 'b', to: 'earliest' });
  expect(pendingReset(done('a'))).toEqual({ id: 'b', to: 'earliest' });
  expect(pendingReset(done('b'))).toBeUndefined();
});
