import { readFile } from 'node:fs/promises';

import { ended } from './command.ts';

/** Deepest first, so that nothing is busy. */
export async function unmountAll(folder: string): Promise<void> {
  const mounts = (await readFile('/proc/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${folder}/`)).sort().reverse()) await ended('umount', ['-l', mount]);
}
