import type { ValidateFunction } from 'ajv';

import { parseJsonFile } from '../contract/json-file.ts';
import type { ObjectMeta } from '../contract/object-meta.ts';
import { UndecidedError } from './hook-error.ts';

/** What one hook notes on an object of its own, in an annotation, for another hook. */
export interface Noted {
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** A note that cannot be read was changed by hand: it is mended by its writer, and until then nothing is decided from it. */
export function readNote<T>({ kind = 'object', metadata: { name, annotations } }: Noted, annotation: string, validate: ValidateFunction<T>): T {
  try {
    return parseJsonFile(annotation, annotations?.[annotation] ?? '', validate);
  } catch {
    throw new UndecidedError(`annotation ${annotation} of ${kind} "${name}" cannot be read`, 'it is written again within minutes');
  }
}
