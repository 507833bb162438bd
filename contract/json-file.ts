import type { ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';

const ajv = new Ajv();

/** The value of a JSON file that one plane writes and the other reads. Throws an error naming the file and every fault. */
export function parseJsonFile<T>(name: string, text: string, validate: ValidateFunction<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Error(`${name}: not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (!validate(value)) throw new Error(`${name}: ${ajv.errorsText(validate.errors, { dataVar: 'file' })}`);
  return value;
}

/** The one form of such files. */
export function formatJsonFile(value: unknown): string {
  return `${JSON.stringify(value, undefined, 1)}\n`;
}
