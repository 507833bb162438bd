import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readSecretFiles } from './secret-files.ts';

describe('readSecretFiles', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secret-files-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('reads one key a file from a folder as kubelet mounts it', async () => {
    await mkdir(join(folder, '..2026'));
    await writeFile(join(folder, '..2026', 'password'), 'p\n');
    await symlink('..2026', join(folder, '..data_tmp'));
    await rename(join(folder, '..data_tmp'), join(folder, '..data'));
    await symlink(join('..data', 'password'), join(folder, 'password'));
    await writeFile(join(folder, 'bootstrap.servers'), 'a:1');
    await mkdir(join(folder, 'folder'));
    expect(Object.fromEntries(await readSecretFiles(folder))).toEqual({ password: 'p\n', 'bootstrap.servers': 'a:1' });
  });

  test('says which folder is missing', async () => {
    await expect(readSecretFiles(join(folder, 'none'))).rejects.toThrow(`Kafka Secret: folder "${join(folder, 'none')}" cannot be read: mount the Secret there`);
  });
});
