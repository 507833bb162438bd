import { expect, test } from '@jest/globals';

import { groupsOf } from '../test/support/hook-objects.ts';
import { annotation } from '../contract/names.ts';
import { answeredChildren } from './children.ts';
import type { KubernetesObject, ObjectGroups } from './metacontroller.ts';

const wanted = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace: 'system', name: 'receiver', labels: { role: 'receiver', team: 'events' }, annotations: { note: 'ours' } } };

/** Metacontroller with server-side apply in front of an object with a generation: it writes what it has not written before. `admit` is what other admission makes of each write. */
function cluster(admit: (metadata: KubernetesObject['metadata']) => KubernetesObject['metadata'] = (metadata) => metadata) {
  let stored: KubernetesObject = { ...wanted, metadata: { ...wanted.metadata, generation: 1 } };
  let applied: KubernetesObject['metadata'] | undefined;
  let writes = 0;
  const sync = (): void => {
    const [answer] = answeredChildren([wanted], groupsOf(stored)) as [KubernetesObject];
    if (JSON.stringify(answer.metadata) === JSON.stringify(applied)) return;
    const { metadata } = stored;
    const merged = (field: 'labels' | 'annotations'): Record<string, string> => {
      const foreign = Object.entries(metadata[field] ?? {}).filter(([name]) => applied?.[field]?.[name] === undefined);
      return { ...Object.fromEntries(foreign), ...answer.metadata[field] };
    };
    stored = { ...stored, metadata: admit({ ...metadata, labels: merged('labels'), annotations: merged('annotations') }) };
    applied = answer.metadata;
    writes += 1;
  };
  return {
    /** Writes until nothing is written any more. */
    settled: (): number => {
      const before = writes;
      for (let count = 0, seen = -1; seen !== writes && count < 20; count += 1) {
        seen = writes;
        sync();
      }
      return writes - before;
    },
    edit: (metadata: Partial<KubernetesObject['metadata']>): void => void (stored = { ...stored, metadata: { ...stored.metadata, ...metadata } }),
    metadata: () => stored.metadata,
  };
}

test.each([
  { what: 'a changed label', change: { labels: { role: 'somebody', team: 'events' } } },
  { what: 'a label taken away', change: { labels: { role: 'receiver' } } },
  { what: 'all labels taken away', change: { labels: {} } },
  { what: 'a changed annotation', change: { annotations: { note: 'somebody' } } },
  { what: 'an annotation taken away', change: { annotations: {} } },
])('$what is undone with two writes, and nothing is left of it', ({ change }) => {
  const { settled, edit, metadata } = cluster();
  settled();
  const before = metadata();
  for (let round = 0; round < 2; round += 1) {
    edit(change);
    expect(settled()).toBe(2);
    expect(metadata()).toEqual(before);
  }
});

test('labels and annotations of others stay, and cause no write', () => {
  const { settled, edit, metadata } = cluster();
  settled();
  const labels = { ...wanted.metadata.labels, pool: 'a' };
  const annotations = { ...wanted.metadata.annotations, 'deployment.kubernetes.io/revision': '2' };
  edit({ labels, annotations });
  expect(settled()).toBe(0);
  expect(metadata()).toMatchObject({ labels, annotations });
});

test('who changes a label at each write is answered once, not for ever', () => {
  const { settled } = cluster((metadata) => ({ ...metadata, labels: { ...metadata.labels, team: 'policy' } }));
  expect(settled()).toBeLessThanOrEqual(2);
  expect(settled()).toBe(0);
});

test('a child without a generation, or not seen yet, is answered as it is: Metacontroller looks at its resourceVersion', () => {
  const seen = { ...wanted, metadata: { ...wanted.metadata, labels: {} } };
  for (const observed of [null, {}, groupsOf(seen)] satisfies (ObjectGroups | null)[]) expect(answeredChildren([wanted], observed)).toEqual([wanted]);
  const [marked] = answeredChildren([wanted], groupsOf({ ...seen, metadata: { ...seen.metadata, generation: 1 } })) as [KubernetesObject];
  expect(Object.keys(marked.metadata.annotations ?? {})).toEqual(['note', annotation.putBack]);
});
