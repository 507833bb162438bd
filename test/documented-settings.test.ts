import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { PodSpec } from 'kubernetes-types/core/v1.js';
import { parse } from 'yaml';

import { dispatcherSettings, receiverSettings } from '../contract/data-plane-settings.ts';
import { channelLabels, dispatcherName } from '../contract/names.ts';
import { dispatcherConfigSchema } from '../dataplane/dispatcher/config.ts';
import { receiverConfigSchema } from '../dataplane/receiver/config.ts';
import { hooksEnvironmentSchema } from '../hooks/config.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';
import { hookRoutes } from '../hooks/routes.ts';
import { modelKafka } from '../local/render/model-kafka.ts';
import { readEnv } from '../runtime/env.ts';
import { createLogger } from '../runtime/log.ts';
import { hooksConfigWith, systemNamespace } from './support/hook-objects.ts';
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
    expect(Object.keys(settings)).toEqual(expect.arrayContaining(['RECEIVER_RESOURCES', 'RECEIVER_SETTINGS', 'DATA_PLANE_POD']));
  });

  test.each([['receiver', 'secret/new-secret'], ['dispatcher', 'namespace/new-channel']])('reaches every pod of a %s, and takes nothing of it away', async (name, golden) => {
    const [before, after] = [await podOf(golden, {}), await podOf(golden, settings)];
    expect(after).toEqual({
      ...before,
      ...(parse(settings['DATA_PLANE_POD'] ?? '') as object),
      containers: [{ ...before.containers[0], env: after.containers[0]?.env, ...(name === 'receiver' && { resources: parse(settings['RECEIVER_RESOURCES'] ?? '') as object }) }],
    });
    expect(variablesOf(after)).toEqual({ ...variablesOf(before), ...(name === 'receiver' && { WORKERS: '2', QUEUE_LIMIT_BYTES: '134217728' }) });
  });
});

describe('Autoscaling, in docs/operations.md', () => {
  const { data } = parse(readFileSync(join(root, 'components', 'autoscaling', 'settings.yaml'), 'utf8')) as { data: Record<string, string> };
  const channel = { namespace: 'shop', name: 'orders' };

  test('the settings of the component are those of the page, in the list and in the table', () => {
    const text = readFileSync(page, 'utf8');
    for (const [name, value] of Object.entries(data)) {
      expect(new RegExp(`^\\| \`${name}\` \\| \\|.*\`(\\{.+\\})\``, 'm').exec(text)?.[1]).toBe(value);
      expect(text).toContain(`of \`${name}\`${name === 'RECEIVER_AUTOSCALER' ? ': 10' : ': 1'}`);
    }
    const { receiverAutoscaler, dispatcherAutoscaler } = hooksConfigWith(data);
    expect(receiverAutoscaler).toEqual({ minReplicas: 2, maxReplicas: 10, cpu: '500m' });
    expect(dispatcherAutoscaler).toEqual({ minReplicas: 1, maxReplicas: 10, cpu: '500m' });
  });

  test('the patch sets what hooks start with', () => {
    const [block = ''] = yamlBlocks(page, 'Autoscaling');
    const [{ patch }] = (parse(block) as { patches: [{ patch: string }] }).patches;
    const [container] = ((parse(patch) as Deployment).spec?.template.spec as PodSpec).containers;
    const settings = Object.fromEntries((container?.env ?? []).map(({ name, value = '' }) => [name, value]));
    expect(hooksConfigWith({ ...data, ...settings }).receiverAutoscaler).toEqual({ minReplicas: 3, maxReplicas: 30, cpu: '600m' });
  });

  test('R16.3: the ScaledObject names the dispatcher of the channel, in the namespace where it runs, by a metric that is documented', () => {
    const [block = ''] = yamlBlocks(page, 'By lag, with KEDA');
    const { metadata, spec } = parse(block) as { metadata: object; spec: { scaleTargetRef: object; triggers: { metadata: { query: string } }[] } };
    expect({ metadata, target: spec.scaleTargetRef }).toMatchObject({ metadata: { namespace: systemNamespace }, target: { name: dispatcherName(channel) } });
    const [{ metadata: trigger } = { metadata: { query: '' } }] = spec.triggers;
    expect(readFileSync(join(root, 'docs', 'metrics.md'), 'utf8')).toContain('| `kafkachannel_subscription_lag` | gauge | `namespace`, `channel`, `subscription` |');
    expect(trigger.query).toContain(`kafkachannel_subscription_lag{namespace="${channel.namespace}",channel="${channel.name}"}`);
    for (const [name, value] of Object.entries(channelLabels(channel))) expect(readFileSync(page, 'utf8')).toContain(`${name}=${value}`);
  });
});

interface HandedOn {
  readonly setting: string;
  readonly taken: Readonly<Record<string, { readonly default: number | boolean }>>;
  /** Of the process that reads it. */
  readonly page: string;
  /** A request with whose answer its pods come. */
  readonly golden: string;
  readonly read: (env: NodeJS.ProcessEnv) => object;
}

const handedOn: readonly HandedOn[] = [
  { setting: 'RECEIVER_SETTINGS', taken: receiverSettings, page: 'receiver.md', golden: 'secret/new-secret', read: (env) => readEnv(env, receiverConfigSchema) },
  { setting: 'DISPATCHER_SETTINGS', taken: dispatcherSettings, page: 'delivery.md', golden: 'namespace/new-channel', read: (env) => readEnv(env, dispatcherConfigSchema) },
];

describe.each(handedOn)('I9: $setting', ({ setting, taken, page: pageOfProcess, golden, read }) => {
  const defaults = Object.fromEntries(Object.entries(taken).map(([name, schema]) => [name, schema.default]));

  test('lists in docs/operations.md all that it takes, with the defaults of the process', () => {
    const [, listed = ''] = new RegExp(`^\\| \`${setting}\` \\|.*\`(\\{.+\\})\``, 'm').exec(readFileSync(page, 'utf8')) ?? [];
    expect(parse(listed)).toEqual(defaults);
    expect(read({})).toMatchObject(defaults);
  });

  test(`is named in docs/${pageOfProcess} beside each variable that it takes, with its default`, () => {
    const text = readFileSync(join(root, 'docs', pageOfProcess), 'utf8');
    const rows = [...text.matchAll(/^\| `([A-Z_]+)` \| ([^|]+) \|/gm)].map(([, name = '', value = '']) => [name, valueOf(value)]);
    expect(Object.fromEntries(rows)).toEqual(defaults);
    expect(text).toContain(`\`${setting}\``);
  });

  test('reaches the pods, beside all that the hooks say of them, and the process reads what was set', async () => {
    const other = Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, typeof value === 'boolean' ? !value : value + 1]));
    const [before, after] = [await podOf(golden, {}), await podOf(golden, { [setting]: JSON.stringify(other) })];
    const names = (after.containers[0]?.env ?? []).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(variablesOf(after)).toMatchObject(variablesOf(before));
    expect(read(variablesOf(after))).toMatchObject(other);
  });

  test.each(Object.keys(taken))('%s: what the process refuses, the hooks refuse, and nothing else', (name) => {
    for (const value of [-1, 0, 0.5, 1, 64, 65, 99, 100, 600_000, 600_001, 1_048_575, 1_048_576, true, false]) {
      const byHooks = refused(() => hooksConfigWith({ [setting]: JSON.stringify({ [name]: value }) }));
      const byProcess = refused(() => read({ [name]: String(value) }));
      expect({ value, refused: byHooks }).toEqual({ value, refused: byProcess });
    }
  });
});

function refused(start: () => unknown): boolean {
  try {
    start();
    return false;
  } catch {
    return true;
  }
}

/** `64 MiB`, `10 s`, `8192` or `` `true` `` as the process has it. */
function valueOf(written: string): number | boolean {
  const [, amount = '', unit = ''] = /^`?(\w+)`?(?: (MiB|s))?$/.exec(written) ?? [];
  return Number(amount) ? Number(amount) * ({ MiB: 1_048_576, s: 1000 }[unit] ?? 1) : amount === 'true';
}

function variablesOf({ containers: [container] }: PodSpec): Record<string, string> {
  return Object.fromEntries((container?.env ?? []).map(({ name, value = '' }) => [name, value]));
}

/** Of the Deployment that the hook makes for a recorded request. */
async function podOf(golden: string, settings: Record<string, string>): Promise<PodSpec> {
  const { path, request } = parse(readFileSync(join(root, 'test', 'golden', `${golden}.request.yaml`), 'utf8')) as { path: string; request: Record<string, unknown> };
  const hooks = hookRoutes({ config: hooksConfigWith(settings), kafka: modelKafka(), logger: createLogger('test', 'silent'), now: () => new Date(0) });
  const { attachments } = (await hooks.get(path)?.(request)) as { attachments: KubernetesObject[] };
  const deployment = attachments.find(({ kind }) => kind === 'Deployment') as unknown as Deployment;
  return deployment.spec?.template.spec as PodSpec;
}
