import { beforeAll, describe, expect, test } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { projectFolder } from './cluster/folders.ts';
import { Kubernetes } from './kubernetes.ts';
import { renderOverlay } from './overlay.ts';

const components = readdirSync(join(projectFolder, 'components')).sort();
let kubernetes: Kubernetes;

beforeAll(async () => {
  kubernetes = await Kubernetes.connect();
});

/** In a namespace that is not the shipped one. */
async function rendered(names: readonly string[]): Promise<string> {
  return await renderOverlay(kubernetes, { namespace: 'events', components: names.map((name) => join('components', name)) });
}

/** Every set of components, the empty one included. */
function subsets(names: readonly string[]): string[][] {
  return names.reduce<string[][]>((sets, name) => [...sets, ...sets.map((set) => [...set, name])], [[]]);
}

function objects(text: string): KubernetesObject[] {
  return parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
}

const idOf = ({ apiVersion, kind, metadata }: KubernetesObject): string => [apiVersion, kind, metadata.namespace, metadata.name].join(' ');
const pairs = subsets(components).filter((set) => set.length === 2);

describe('I2: components', () => {
  test('build together in every combination, and each adds its own and takes nothing away', async () => {
    const alone = new Map<string, string[]>();
    for (const name of components) alone.set(name, objects(await rendered([name])).map(idOf));
    const base = objects(await rendered([])).map(idOf);
    for (const set of subsets(components)) {
      const ids = objects(await rendered(set)).map(idOf);
      expect({ set, ids: ids.sort() }).toEqual({ set, ids: [...new Set([...base, ...set.flatMap((name) => alone.get(name) ?? [])])].sort() });
    }
  }, 300_000);

  test('are the same in whatever order they are listed', async () => {
    for (const pair of pairs) expect({ pair, text: await rendered(pair.toReversed()) }).toEqual({ pair, text: await rendered(pair) });
    const all = await rendered(components);
    for (let shift = 1; shift < components.length; shift += 1) expect(await rendered([...components.slice(shift), ...components.slice(0, shift)].reverse())).toBe(all);
  }, 300_000);

  test('I3: move to another namespace with all that they name', async () => {
    const text = await rendered(components);
    expect(text.replaceAll('app.kubernetes.io/part-of: knative-eventing', '')).not.toContain('knative-eventing');
    expect(text).not.toMatch(/\$\([A-Z_]+\)/);
    const certificate = objects(text).find(({ kind, metadata }) => kind === 'Certificate' && metadata.name === 'kafka-channel-hooks');
    expect(certificate).toMatchObject({ metadata: { namespace: 'events' }, spec: { dnsNames: ['kafka-channel-hooks.events'] } });
  });
});
