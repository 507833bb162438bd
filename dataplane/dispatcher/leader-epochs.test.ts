import { expect, test } from '@jest/globals';

import { seeded } from '../../test/support/random.ts';
import type { EpochStart } from '../kafka/fetched-records.ts';
import { LeaderEpochs } from './leader-epochs.ts';

/** Records that were written at once, by one leader. */
interface Batch {
  readonly first: number;
  readonly last: number;
  readonly epoch: number;
}

function aLog(random: () => number): Batch[] {
  const log: Batch[] = [];
  for (let epoch = 0; log.length < 20; ) {
    const first = (log.at(-1)?.last ?? -1) + 1;
    log.push({ first, last: first + Math.floor(random() * 4), epoch });
    if (random() < 0.4) epoch += 1 + Math.floor(random() * 2);
  }
  return log;
}

/** Some batches are gone; the last one always stays. */
function compacted(log: readonly Batch[], random: () => number): Batch[] {
  const share = random();
  return log.filter((_batch, index) => index === log.length - 1 || random() < share);
}

/** The list of epochs that a broker makes of the batches that it has. */
function epochsOf(log: readonly Batch[]): EpochStart[] {
  return log.filter(({ epoch }, index) => log[index - 1]?.epoch !== epoch).map(({ first, epoch }) => ({ from: first, epoch }));
}

/** Where the log and what a reader has read part ways, as a broker that is asked to fetch tells by its list. Undefined: nowhere, or it does not know. */
function divergence(list: readonly EpochStart[], end: number, offset: number, epoch: number): number | undefined {
  const higher = list.find((one) => one.epoch > epoch);
  const known = list.findLast((one) => one.epoch <= epoch)?.epoch ?? epoch;
  const ends = higher?.from ?? end;
  if (!higher && known !== epoch) return undefined;
  return known < epoch || ends < offset ? ends : undefined;
}

/** Every place that a reader of the log may begin at later, with what it says of who has written what lies before. */
function standsIn(log: readonly Batch[], from: number): { offset: number; epoch: number | undefined }[] {
  const epochs = new LeaderEpochs();
  let next = log[from]?.first ?? 0;
  return log.slice(from).flatMap(({ first, last, epoch }) => {
    epochs.add({ from: next, epoch });
    next = last + 1;
    const offsets = Array.from({ length: next - first + 1 }, (_none, index) => first + index);
    return offsets.map((offset) => ({ offset, epoch: epochs.before(offset) }));
  });
}

test('B8: whatever is compacted away before and after, and whatever of it the broker has forgotten, no place that a reader has come to is taken for one in a log that was cut off', () => {
  const taken: unknown[] = [];
  let told = 0;
  for (let seed = 1; seed <= 2000; seed += 1) {
    const random = seeded(seed);
    const log = aLog(random);
    const end = (log.at(-1)?.last ?? 0) + 1;
    const read = compacted(log, random);
    const lists = [epochsOf(log), epochsOf(read), epochsOf(compacted(read, random))];
    for (const { offset, epoch = -1 } of standsIn(read, Math.floor(random() * read.length)).filter((stand) => stand.epoch !== undefined)) {
      const answers = lists.map((list) => divergence(list, end, offset, epoch)).filter((answer) => answer !== undefined);
      told += answers.length;
      if (answers.some((answer) => answer < offset)) taken.push({ seed, offset, epoch, answers });
    }
  }
  expect(taken).toEqual([]);
  expect(told).toBeGreaterThan(100);
});

test('B8: what was read beyond the place where a log was cut off is told from what was written there since', () => {
  for (let seed = 1; seed <= 500; seed += 1) {
    const random = seeded(seed);
    const log = aLog(random);
    const kept = 1 + Math.floor(random() * (log.length - 1));
    const cutAt = log[kept]?.first ?? 0;
    const later = { first: cutAt, last: cutAt + 100, epoch: (log.at(-1)?.epoch ?? 0) + 1 };
    const list = epochsOf([...log.slice(0, kept), later]);
    for (const { offset, epoch = -1 } of standsIn(log, 0).filter((stand) => stand.offset > cutAt)) expect([seed, offset, divergence(list, later.last + 1, offset, epoch)]).toEqual([seed, offset, cutAt]);
  }
});
