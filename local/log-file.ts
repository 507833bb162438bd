import type { WriteStream } from 'node:fs';
import { createWriteStream, statSync } from 'node:fs';

const largestKept = 5_000_000;

/** A log to add to; one that an earlier run made large begins anew. For this user only: logs may name what events hold. */
export function openLog(file: string): WriteStream {
  const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return createWriteStream(file, { flags: size > largestKept ? 'w' : 'a', mode: 0o600 });
}
