import type { Selector } from './controllers.ts';

/** Whether labels match a selector; no selector matches everything. */
export function selects(selector: Selector | undefined, labels: Readonly<Record<string, string>> = {}): boolean {
  const equal = Object.entries(selector?.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return equal && (selector?.matchExpressions ?? []).every(({ key, operator, values = [] }) => matches(labels[key], operator, values));
}

function matches(value: string | undefined, operator: string, values: readonly string[]): boolean {
  switch (operator) {
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    default:
      throw new Error(`operator ${operator} of a label selector is not known`);
  }
}
