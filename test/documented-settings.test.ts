import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { PodSpec } from 'kubernetes-types/core/v1.js';
import { parse } from 'yaml';

import { hooksEnvironmentSchema } from '../hooks/config.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';
import { hookRoutes } from '../hooks/routes.ts';
import { modelKafka } from '../local/render/model-kafka.ts';
import { createLogger } from '../runtime/log.ts';
import { hooksConfigWith } from './support/hook-objects.ts';
import { yamlBlocks } from './support/readme.ts';

const root = join(import.meta.dirname, '..');
const page = join(root, 'docs', 'operations.md');
const { properties } = hooksEnvironmentSchema as unknown as { properties: Record<string, { default?: string | number | boolean }> };

test('the settings of the hooks are those that docs/operations.md lists, with their defaults', () => {
  const rows = [...readFileSync(page, 'utf8').matchAll(/^\| ((?:`[A-Z_]+`(?:, )?)+) \| (?:`([^`]+)`)? ?\|/gm)];
  const listed = rows.flatMap(([, names = '', value = '']) => [...names.matchAll(/[A-Z_]+/g)].map(([name]) => [name, value]));
  expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, String(schema.default ?? '')])));
  expect(new Set(listed.map(([name]) => name)).size).toBe(listed.length);
});

describe('I9: the patch of docs/operations.md', () => {
  const [block = ''] = yamlBlocks(page, 'Pods of the hooks, receivers and dispatchers');
  const [{ patch }] = (parse(block) as { patches: [{ patch: string }] }).patches;
  const [container] = ((parse(patch) as Deployment).spec?.template.spec as PodSpec).containers;
  const settings = Object.fromEntries((container?.env ?? []).map(({ name, value = '' }) => [name, value]));

  test('sets what the hooks know', () => {
    expect(Object.keys(settings).filter((name) => !Object.hasOwn(properties, name))).toEqual([]);
    expect(Object.keys(settings)).toEqual(expect.arrayContaining(['RECEIVER_RESOURCES', 'DATA_PLANE_POD']));
  });

  test.each([['receiver', 'secret/new-secret'], ['dispatcher', 'namespace/new-channel']])('reaches every pod of a %s, and takes nothing of it away', async (name, golden) => {
    const [before, after] = [await podOf(golden, {}), await podOf(golden, settings)];
    expect(after).toEqual({
      ...before,
      ...(parse(settings['DATA_PLANE_POD'] ?? '') as object),
      containers: [{ ...before.containers[0], ...(name === 'receiver' && { resources: parse(settings['RECEIVER_RESOURCES'] ?? '') as object }) }],
    });
  });
});

/** Of the Deployment that the hook makes for a recorded request. */
async function podOf(golden: string, settings: Record<string, string>): Promise<PodSpec> {
  const { path, request } = parse(readFileSync(join(root, 'test', 'golden', `${golden}.request.yaml`), 'utf8')) as { path: string; request: Record<string, unknown> };
  const hooks = hookRoutes({ config: hooksConfigWith(settings), kafka: modelKafka(), logger: createLogger('test', 'silent'), now: () => new Date(0) });
  const { attachments } = (await hooks.get(path)?.(request)) as { attachments: KubernetesObject[] };
  const deployment = attachments.find(({ kind }) => kind === 'Deployment') as unknown as Deployment;
  return deployment.spec?.template.spec as PodSpec;
}
