import { isDeepStrictEqual } from 'node:util';
import type { Document } from 'yaml';
import { isMap, LineCounter } from 'yaml';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';

/** One object of one file, with what is needed to point at a line of it. */
export interface Manifest {
  readonly object: KubernetesObject;
  /** `FILE:LINE` of a field, or of the nearest field above it that is there. */
  at(path: readonly (string | number)[]): string;
}

/** What a document holds: an object, or the objects of a `List`, as `kubectl get -o yaml` prints them. */
export function manifestsOf(document: Document.Parsed, lines: LineCounter, file: string): Manifest[] {
  const object = document.toJS() as KubernetesObject & { items?: unknown };
  const at = (path: readonly (string | number)[]): string => `${file}:${lineOf(document, lines, path)}`;
  const { kind, items } = object;
  if (kind !== 'List' || !Array.isArray(items)) return [{ object, at }];
  return items.map((item: KubernetesObject, index) => ({ object: item, at: (path) => at(['items', index, ...path]) }));
}

function lineOf(document: Document.Parsed, lines: LineCounter, path: readonly (string | number)[]): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const offset = offsetOf(document, path.slice(0, depth));
    if (offset !== undefined) return lines.linePos(offset).line;
  }
  return lines.linePos(document.contents?.range[0] ?? 0).line;
}

/** Where a field's key stands, or an entry of a list. */
function offsetOf(document: Document.Parsed, path: readonly (string | number)[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isDeepStrictEqual((key as { value?: unknown }).value, last));
    return (pair?.key as { range?: [number, number, number] } | undefined)?.range?.[0];
  }
  const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
  return node?.range?.[0];
}

/** `Kind namespace/name`, for people. */
export function titleOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`;
}
