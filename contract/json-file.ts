import { brotliCompressSync, brotliDecompressSync, constants } from 'node:zlib';

import type { ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';

/** Characters up to which a file stays as people read it. */
const readableLength = 64 * 1024;

/** Bytes. */
const longestUnpacked = 64 * 1024 * 1024;

/** With which schemas of such files are compiled. */
export const fileOptions = { allErrors: true } as const;

const ajv = new Ajv();

/** The value of a JSON file that one plane writes and the other reads. Throws an error naming the file and every fault. */
export function parseJsonFile<T>(name: string, text: string, validate: ValidateFunction<T>): T {
  let value: unknown;
  try {
    value = unpacked(JSON.parse(text));
  } catch (error) {
    throw new Error(`${name}: not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!validate(value)) throw new Error(`${name}: ${ajv.errorsText(validate.errors, { dataVar: 'file' })}`);
  return value;
}

/** The one form of such files: JSON for people to read; where it is long, the same packed, for Kubernetes takes no object over a size, and Metacontroller keeps a second copy in an annotation. */
export function formatJsonFile(value: unknown): string {
  const text = `${JSON.stringify(value, undefined, 1)}\n`;
  return text.length <= readableLength ? text : `${JSON.stringify({ brotli: packed(text) })}\n`;
}

/** Brotli, for it gives the same bytes on every processor: hooks on different ones must not take turns at writing. */
function packed(text: string): string {
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 5, [constants.BROTLI_PARAM_SIZE_HINT]: text.length } }).toString('base64');
}

function unpacked(value: unknown): unknown {
  const { brotli, ...others } = (value ?? {}) as { brotli?: unknown };
  if (typeof brotli !== 'string' || Object.keys(others).length > 0) return value;
  return JSON.parse(brotliDecompressSync(Buffer.from(brotli, 'base64'), { maxOutputLength: longestUnpacked }).toString('utf8'));
}
