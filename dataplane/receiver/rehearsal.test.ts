import { describe, expect, test } from '@jest/globals';
import { register } from 'prom-client';

import { eventually } from '../../test/support/eventually.ts';
import { createLogger } from '../../runtime/log.ts';
import type { PartitionBatch, ProducerLink } from '../kafka/producer-link.ts';
import { rehearse, rehearsedEvents } from './rehearsal.ts';

const log = createLogger('test', 'silent');

function openHandles(): number {
  return process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP')).length;
}

describe('rehearse', () => {
  test('takes events to a produce request, and leaves nothing open and nothing in metrics', async () => {
    const before = openHandles();
    const sent: PartitionBatch[] = [];
    let closed = false;
    const link: ProducerLink = {
      newIdentity: () => Promise.resolve({ id: 0n, epoch: 0 }),
      produce: (_leader, _identity, batches) => {
        sent.push(...batches);
        return Promise.resolve({ outcome: 'answered', errorCodes: batches.map(() => 0) });
      },
      close: () => {
        closed = true;
        return Promise.resolve();
      },
    };
    await rehearse(log, { link, limitMs: 20_000 });
    expect(sent.flatMap(({ records }) => records)).toHaveLength(rehearsedEvents);
    expect(closed).toBe(true);
    await eventually('nothing is open', () => openHandles() <= before, 5000, () => process.getActiveResourcesInfo());
    expect(register.getMetricsAsArray()).toEqual([]);
  }, 30_000);

  test('is over soon where no answer comes', async () => {
    const closed = Promise.withResolvers<never>();
    const silent: ProducerLink = { newIdentity: () => closed.promise, produce: () => closed.promise, close: () => Promise.resolve(closed.reject(new Error('closed'))) };
    const before = openHandles();
    await rehearse(log, { link: silent, limitMs: 100 });
    await eventually('nothing is open', () => openHandles() <= before, 5000, () => process.getActiveResourcesInfo());
  });

  test('ends nobody when it is cut short at any moment: its connection is reset then', async () => {
    const prompt: ProducerLink = { newIdentity: () => Promise.resolve({ id: 0n, epoch: 0 }), produce: (_leader, _identity, batches) => Promise.resolve({ outcome: 'answered', errorCodes: batches.map(() => 0) }), close: () => Promise.resolve() };
    const before = openHandles();
    // An error that nobody hears is one of the whole process.
    for (let run = 0; run < 60; run += 1) await rehearse(log, { link: prompt, limitMs: run % 6 });
    await eventually('nothing is open', () => openHandles() <= before, 5000, () => process.getActiveResourcesInfo());
  }, 30_000);
});
