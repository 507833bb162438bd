import type { Kubernetes } from './kubernetes.ts';

export interface Table {
  readonly columns: readonly string[];
  /** Cells by column, of each line. */
  readonly lines: readonly Readonly<Record<string, string>>[];
  readonly widest: number;
}

/** What `kubectl get` shows. Cells stand under the start of their column's name. */
export async function tableOf(kubernetes: Kubernetes, resource: string, namespace: string, ...flags: string[]): Promise<Table> {
  const [head = '', ...rest] = (await kubernetes.run('get', resource, '-n', namespace, ...flags)).trimEnd().split('\n');
  const columns = head.trim().split(/\s+/);
  const starts = columns.map((column) => head.search(new RegExp(`(?<=^|\\s)${column}(?=\\s|$)`)));
  const lines = rest.map((line) => Object.fromEntries(columns.map((column, index) => [column, line.slice(starts[index], starts[index + 1]).trim()])));
  return { columns, lines, widest: Math.max(...[head, ...rest].map((line) => line.trimEnd().length)) };
}
