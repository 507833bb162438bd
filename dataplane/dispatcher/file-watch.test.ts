import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { watchFile } from './file-watch.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'file-watch-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Waits until the list has an entry more, within 2 s. */
async function next(list: string[], length: number): Promise<string[]> {
  for (let tries = 0; list.length < length && tries < 200; tries += 1) await delay(10);
  return list;
}

describe('watchFile', () => {
  test('tells of the file, of each change, and once why it cannot be read', async () => {
    const stop = new AbortController();
    const told: string[] = [];
    const file = join(folder, 'file.json');
    const put = async (text: string): Promise<void> => {
      await writeFile(`${file}.new`, text);
      await rename(`${file}.new`, file);
    };
    const watching = watchFile({ file, signal: stop.signal, intervalMs: 10, changed: (text) => told.push(text), unreadable: ({ message }) => told.push(message) });
    expect(await next(told, 1)).toEqual([expect.stringContaining('ENOENT')]);
    await delay(50);
    await put('one');
    expect((await next(told, 2)).slice(1)).toEqual(['one']);
    await delay(50);
    await put('two');
    expect((await next(told, 3)).slice(2)).toEqual(['two']);
    await rm(file);
    expect((await next(told, 4)).slice(3)).toEqual([expect.stringContaining('ENOENT')]);
    stop.abort();
    await watching;
  });

  test('tells of a text again that could not be taken', async () => {
    const stop = new AbortController();
    const told: string[] = [];
    const file = join(folder, 'file.json');
    await writeFile(file, 'one');
    const changed = (text: string): void => {
      told.push(text);
      if (told.length === 1) throw new Error('not now');
    };
    const watching = watchFile({ file, signal: stop.signal, intervalMs: 10, changed, unreadable: () => undefined });
    expect(await next(told, 2)).toEqual(['one', 'one']);
    stop.abort();
    await watching;
  });

  test('follows a symbolic link that is swapped, as in a mounted ConfigMap', async () => {
    const stop = new AbortController();
    const told: string[] = [];
    const swap = async (version: string): Promise<void> => {
      await mkdir(join(folder, version));
      await writeFile(join(folder, version, 'file.json'), version);
      await symlink(version, join(folder, '..new'));
      await rename(join(folder, '..new'), join(folder, '..data'));
    };
    await swap('v1');
    await symlink(join('..data', 'file.json'), join(folder, 'file.json'));
    const watching = watchFile({ file: join(folder, 'file.json'), signal: stop.signal, intervalMs: 10, changed: (text) => told.push(text), unreadable: ({ message }) => told.push(message) });
    expect(await next(told, 1)).toEqual(['v1']);
    await swap('v2');
    expect(await next(told, 2)).toEqual(['v1', 'v2']);
    stop.abort();
    await watching;
  });
});
