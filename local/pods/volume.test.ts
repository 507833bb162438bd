import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { filesOf, writeVolume } from './volume.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'knative-kafka-volume-'));
});
afterEach(() => rm(folder, { recursive: true }));

const files = (data: Record<string, string>): Map<string, Buffer> => filesOf({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data }) as Map<string, Buffer>;

test('files can be read by this user only, and change together', async () => {
  await writeVolume(folder, files({ a: '1', b: '2' }));
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('1');
  expect((await stat(join(folder, 'a'))).mode & 0o777).toBe(0o600);
  await writeVolume(folder, files({ b: '3', c: '4' }));
  expect((await readdir(folder)).filter((name) => !name.startsWith('..')).sort()).toEqual(['b', 'c']);
  expect(await readFile(join(folder, 'b'), 'utf8')).toBe('3');
  expect((await readdir(folder)).filter((name) => name.startsWith('..'))).toHaveLength(2);
});

test('a reader sees one version or the other, never a missing file', async () => {
  await writeVolume(folder, files({ a: '0' }));
  const over = new AbortController();
  const seen: string[] = [];
  const reader = (async () => {
    while (!over.signal.aborted) seen.push(await readFile(join(folder, 'a'), 'utf8'));
  })();
  for (let version = 1; version <= 50; version += 1) await writeVolume(folder, files({ a: String(version) }));
  over.abort();
  await reader;
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.every((text) => /^\d+$/.test(text))).toBe(true);
});

test('values of a Secret are decoded, and items rename keys', () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { password: 'Z2VoZWlt', other: 'eA==' } };
  expect(filesOf(secret, [{ key: 'password', path: 'sub/pw' }])).toEqual(new Map([['sub/pw', Buffer.from('geheim')]]));
});
