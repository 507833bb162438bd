import { createHash } from 'node:crypto';

/** Of what must come through unchanged: the id, the key and the data. */
export function digestOf(id: string, key: string | undefined, data: Buffer | string): string {
  return createHash('sha256').update(id).update('\0').update(key ?? '').update('\0').update(data).digest('base64');
}
