import { createHash } from 'node:crypto';

/** Tells values apart, as JSON has them, in few characters. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
