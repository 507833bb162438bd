import type { ErrorObject } from 'ajv';

/** What is wrong by a schema, for whoever wrote the value: what would be right, never what was given. */
export function schemaFault({ keyword, message = 'is wrong', params }: Pick<ErrorObject, 'keyword' | 'message' | 'params'>): string {
  if (keyword === 'enum') return `must be one of ${(params as { allowedValues: readonly unknown[] }).allowedValues.join(', ')}`;
  if (keyword === 'minLength' && (params as { limit: number }).limit === 1) return 'must not be empty';
  return message;
}
