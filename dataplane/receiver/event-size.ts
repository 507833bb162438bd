import type { ReceiverConfig } from './config.ts';
import { largestHeadBytes, maxHeaderLines } from './server-options.ts';

/** What a request takes beside its head and body, while its answer waits, at the most: objects of ours, of Node and of the producer. */
export const bytesBeside = 8192;

/** What a line of a head takes beside its characters, in a request that waits: texts and lists of them, once as they came and once as a record's. */
const bytesOfLine = 256;
/** So many are in `bytesBeside`. */
const usualLines = 16;

/** What the lines of a head take. */
export function bytesOfHead(characters: number, lines: number): number {
  return characters + bytesOfLine * Math.max(0, lines - usualLines);
}

/** What each event of a batch after the first takes beside its bytes. */
export const bytesOfBatchedEvent = 2048;

type Sizes = Pick<ReceiverConfig, 'MAX_EVENT_BYTES' | 'QUEUE_LIMIT_BYTES' | 'WORKERS'>;

/** Bytes that each process may hold. */
export function queueShare({ QUEUE_LIMIT_BYTES, WORKERS }: Sizes): number {
  return Math.floor(QUEUE_LIMIT_BYTES / WORKERS);
}

/** Bytes of it that are kept for answers which wait behind others. */
export function reserveOfAnswers(config: Sizes): number {
  return Math.floor(queueShare(config) / 32);
}

/** Largest body that is taken: what could never be held beside its head would be told to come again for ever. */
export function largestBodyBytes(config: Sizes): number {
  return Math.max(0, Math.min(config.MAX_EVENT_BYTES, queueShare(config) - reserveOfAnswers(config) - bytesBeside - bytesOfHead(largestHeadBytes, maxHeaderLines)));
}

/** Says that events are less large than the setting promises; undefined where they are not. */
export function sizeWarning(config: Sizes): string | undefined {
  const bytes = largestBodyBytes(config);
  if (bytes >= config.MAX_EVENT_BYTES) return undefined;
  return `events may have ${bytes} bytes, not ${config.MAX_EVENT_BYTES} as MAX_EVENT_BYTES says: each of ${config.WORKERS} workers holds ${queueShare(config)} bytes of QUEUE_LIMIT_BYTES: raise it, or lower MAX_EVENT_BYTES`;
}
