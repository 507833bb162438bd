import { describe, expect, test } from '@jest/globals';

import { seeded } from '../../test/support/random.ts';
import type { Progress } from './commit-metadata.ts';
import { decodeProgress, encodeProgress, markedTopic } from './commit-metadata.ts';
import type { Tried } from './tries.ts';

const limit = 3072;
const now = 1_795_000_000_000;

function aProgress(random: () => number, most: number): Progress {
  const number = (below: number): number => Math.floor(random() * below);
  const base = random() < 0.1 ? Number.MAX_SAFE_INTEGER - 100_000 : number(1_000_000_000);
  const open = [base];
  for (let left = number(most); left > 0; left -= 1) open.push((open.at(-1) ?? base) + 1 + number(random() < 0.1 ? 1000 : 4));
  const end = (open.at(-1) ?? base) + 1 + number(5);
  const tried = new Map<number, Tried>();
  for (const offset of [...open, end + number(9), end + 10]) if (random() < 0.3) tried.set(offset, aTry(random));
  return { base, end, ...(random() < 0.5 && { epoch: number(1000) }), open, tried };
}

function aTry(random: () => number): Tried {
  const number = (below: number): number => Math.floor(random() * below);
  const givenUpAt = [undefined, 'subscriber', 'reply'][number(3)] as Tried['givenUpAt'];
  return { subscriber: number(300), reply: number(3), ...(random() < 0.3 && { subscriberOnlyCut: true }), ...(random() < 0.1 && { replyOnlyCut: true }), status: random() < 0.2 ? 0 : 100 + number(500), dueAt: random() < 0.3 ? 0 : now + number(6000) * 100, ...(givenUpAt && { givenUpAt }) };
}

describe('the metadata of a commit', () => {
  test('M2: comes back as it was, within its limit', () => {
    const random = seeded(1);
    for (let run = 0; run < 500; run += 1) {
      const progress = aProgress(random, 60);
      const { metadata } = encodeProgress(progress, limit);
      expect(metadata.length).toBeLessThanOrEqual(limit);
      expect(decodeProgress(metadata, progress.base)).toEqual(progress);
    }
  });

  test('M2: is never longer than its limit: what is finished is given up first, then what was tried at the highest offsets', () => {
    const random = seeded(2);
    for (let run = 0; run < 50; run += 1) {
      const progress = aProgress(random, 3000);
      const short = Math.floor(random() * limit);
      const { metadata, wanted, forgotten } = encodeProgress(progress, short, run % 2 === 0 ? '0123abcd' : undefined);
      expect(metadata.length).toBeLessThanOrEqual(short);
      const decoded = decodeProgress(metadata, progress.base);
      const kept = [...(decoded?.tried ?? [])];
      expect(kept).toEqual([...progress.tried].sort(([a], [b]) => a - b).slice(0, kept.length));
      expect([forgotten, wanted > short]).toEqual([progress.tried.size - kept.length, metadata.length < wanted]);
      if (kept.length < progress.tried.size) expect(decoded?.end ?? progress.base).toBe(progress.base);
    }
  });

  test('is short: 64 events that wait for a retry take at most 600 characters', () => {
    const tried = new Map(Array.from({ length: 64 }, (_, index) => [5_000_000_000 + index, { subscriber: 3, reply: 0, status: 503, dueAt: now + index * 1000 }]));
    expect(encodeProgress({ base: 5_000_000_000, end: 5_000_000_000, open: [], tried }, limit).metadata.length).toBeLessThanOrEqual(600);
  });

  test('M4: keeps what was tried though due times lie months apart', () => {
    const day = 86_400_000;
    const of = (dueAt: number): Tried => ({ subscriber: 3, reply: 0, status: 503, dueAt });
    const tried = new Map([[7, of(now)], [8, of(now + 2 * day)], [9, of(now + 60 * day)]]);
    const decoded = decodeProgress(encodeProgress({ base: 7, end: 7, open: [], tried }, limit).metadata, 7)?.tried;
    expect([...(decoded ?? [])].slice(0, 2)).toEqual([...tried].slice(0, 2));
    expect(decoded?.get(9)).toMatchObject({ subscriber: 3, status: 503 });
    expect(decoded?.get(9)?.dueAt).toBeGreaterThan(now + 20 * day);
  });

  test('is empty where the offset says all', () => {
    expect(encodeProgress({ base: 7, end: 7, open: [], tried: new Map() }, limit).metadata).toBe('');
  });

  test('B14: is ignored when the offset has been moved since', () => {
    const random = seeded(3);
    const progress = aProgress(random, 5);
    const { metadata } = encodeProgress(progress, limit, '0123abcd');
    expect([decodeProgress(metadata, progress.base), markedTopic(metadata, progress.base)]).toEqual([progress, '0123abcd']);
    expect([decodeProgress(metadata, progress.base + 1), markedTopic(metadata, progress.base + 1)]).toEqual([undefined, undefined]);
  });

  test('M2: of others, or damaged, it is ignored and never throws', () => {
    const random = seeded(4);
    const number = (below: number): number => Math.floor(random() * below);
    for (const foreign of ['', 'NO_METADATA', 'v2:', 'v1:AAAA', 'v2:====', 'v2:\u0000', 'v2:é', 'AQAAAXp9'])
      expect(decodeProgress(foreign, 0)).toBeUndefined();
    const outside: string[] = [];
    let read = 0;
    for (let run = 0; run < 5000; run += 1) {
      const garbage = run % 2 === 0 ? `v2:${Buffer.from(Array.from({ length: number(40) }, () => number(run % 4 === 0 ? 256 : 4))).toString('base64url')}` : changed(encodeProgress(aProgress(random, 5), limit).metadata, number);
      const decoded = decodeProgress(garbage, number(3));
      read += decoded ? 1 : 0;
      if (decoded?.open.some((offset) => offset < decoded.base || offset >= decoded.end)) outside.push(garbage);
    }
    expect(outside).toEqual([]);
    expect(read).toBeGreaterThan(0);
  });
});

/** One character is another. */
function changed(metadata: string, number: (below: number) => number): string {
  const at = 3 + number(metadata.length - 3);
  return `${metadata.slice(0, at)}${'AZaz09-_'[number(8)] ?? ''}${metadata.slice(at + 1)}`;
}
