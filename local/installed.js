import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Whether node_modules holds what package-lock.json locks: the same versions, and nothing but optional packages missing. */
export function isInstalled(root) {
  const hidden = packagesIn(join(root, 'node_modules', '.package-lock.json'));
  const locked = packagesIn(join(root, 'package-lock.json'));
  if (!hidden || !locked || !existsSync(join(root, 'node_modules', '.bin', 'node'))) return false;
  return Object.entries(locked).every(([path, { version, optional, devOptional }]) => {
    if (path === '') return true;
    return hidden[path] ? hidden[path].version === version : Boolean(optional ?? devOptional);
  });
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
