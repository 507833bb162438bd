import { isDeepStrictEqual } from 'node:util';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { titleOf } from './manifest.ts';

/** What differs between two readings of the manifests, in one line; undefined where nothing does. */
export function changesBetween(old: readonly KubernetesObject[], now: readonly KubernetesObject[]): string | undefined {
  const before = new Map(old.map((object) => [titleOf(object), object]));
  const after = new Map(now.map((object) => [titleOf(object), object]));
  const added = [...after.keys()].filter((title) => !before.has(title)).map((title) => `${title} is new`);
  const removed = [...before.keys()].filter((title) => !after.has(title)).map((title) => `${title} is gone`);
  const changed = [...after].flatMap(([title, object]) => {
    const fields = differing(before.get(title) ?? object, object);
    return fields.length > 0 ? [`${title}: ${fields.join(', ')} changed`] : [];
  });
  const all = [...added, ...changed, ...removed];
  if (all.length === 0) return undefined;
  const kept = now.length - added.length - changed.length;
  return `${all.join('; ')}; ${kept} object${kept === 1 ? '' : 's'} and the events in Kafka are kept`;
}

/** Paths of the fields that differ, at most two levels deep: a Secret's values are not shown, nor anybody's. */
function differing(old: unknown, now: unknown, path: readonly string[] = []): string[] {
  if (isDeepStrictEqual(old, now)) return [];
  if (path.length >= 2 || !isRecord(old) || !isRecord(now)) return [path.join('.')];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((key) => differing(old[key], now[key], [...path, key]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
