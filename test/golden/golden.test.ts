import { describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { parse, stringify } from 'yaml';

import { strimziApiVersion } from '../../contract/names.ts';
import type { Kafka } from '../../hooks/kafka/kafka-admin.ts';
import { hookRoutes } from '../../hooks/routes.ts';
import { createLogger } from '../../runtime/log.ts';
import { frozen, hooksConfigWith, systemNamespace } from '../support/hook-objects.ts';

/** A recorded question: the body of a request to one hook. The answer lies beside it. UPDATE_GOLDEN=1 writes the answers; read the difference before you commit it. */
interface GoldenCase {
  path: string;
  /** Settings of the hooks that are not the default. */
  settings?: Record<string, string>;
  request: Record<string, unknown>;
}

interface Child {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string>; annotations?: Record<string, string> };
}

type Answer = Record<string, unknown> & { children?: Child[]; attachments?: Child[]; relatedResources?: Record<string, unknown>[] };

const update = process.env['UPDATE_GOLDEN'] === '1';
const noKafka: Kafka = {
  use: () => Promise.reject(new Error('a golden case asked Kafka')),
  close: () => Promise.resolve(),
};

const cases = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.request.yaml'))
  .sort();

async function answer({ path, settings = {}, request }: GoldenCase): Promise<Answer> {
  const hooks = hookRoutes({ config: hooksConfigWith(settings), kafka: noKafka, logger: createLogger('test', 'silent'), now: () => new Date('2026-11-22T09:00:00Z') });
  const hook = hooks.get(path);
  if (!hook) throw new Error(`no hook ${path}`);
  return (await hook(frozen(request))) as Answer;
}

/** The same question with what has no order in another one. */
function shuffled({ request, ...asked }: GoldenCase): GoldenCase {
  const reversed = (groups: unknown): unknown =>
    groups === null || groups === undefined
      ? groups
      : Object.fromEntries(Object.entries(groups).reverse().map(([group, objects]) => [group, Object.fromEntries(Object.entries(objects as object).map(withReversedSubscribers).reverse())]));
  return { ...asked, request: { ...request, children: reversed(request['children']), attachments: reversed(request['attachments']), related: reversed(request['related']) } };
}

function withReversedSubscribers([name, object]: [string, { spec?: { subscribers?: { uid: string }[] } }]): [string, unknown] {
  const subscribers = object.spec?.subscribers;
  const unique = new Set(subscribers?.map(({ uid }) => uid)).size === subscribers?.length;
  return [name, subscribers && unique ? { ...object, spec: { ...object.spec, subscribers: subscribers.toReversed() } } : object];
}

const knownFields: Record<string, string[]> = {
  customize: ['relatedResources'],
  composite: ['status', 'children', 'resyncAfterSeconds', 'finalized'],
  decorator: ['labels', 'annotations', 'status', 'attachments', 'resyncAfterSeconds', 'finalized'],
};

function fieldsFor({ path, request }: GoldenCase): string[] {
  const kind = path.endsWith('/customize') ? 'customize' : 'object' in request ? 'decorator' : 'composite';
  return knownFields[kind] ?? [];
}

describe.each(cases)('%s', (file) => {
  const golden = parse(readFileSync(join(import.meta.dirname, file), 'utf8')) as GoldenCase;
  const answerFile = join(import.meta.dirname, file.replace('.request.yaml', '.answer.yaml'));

  test('is answered as recorded', async () => {
    const text = stringify(await answer(golden), { lineWidth: 160, aliasDuplicateObjects: false });
    if (update) writeFileSync(answerFile, text);
    if (!existsSync(answerFile)) throw new Error(`${basename(answerFile)} is missing: write it with "npm run golden", and read it`);
    expect(text).toBe(readFileSync(answerFile, 'utf8'));
  });

  test('H4: has the same bytes each time, in whatever order the request comes', async () => {
    const first = JSON.stringify(await answer(golden));
    expect(JSON.stringify(await answer(golden))).toBe(first);
    expect(JSON.stringify(await answer(shuffled(golden)))).toBe(first);
  });

  test('H10: has only fields that Metacontroller knows, and H4: no child twice', async () => {
    const given = await answer(golden);
    expect(Object.keys(given).filter((field) => !fieldsFor(golden).includes(field))).toEqual([]);
    const rules = (given.relatedResources ?? []).flatMap(Object.keys);
    expect(rules.filter((field) => !['apiVersion', 'resource', 'namespace', 'names', 'labelSelector'].includes(field))).toEqual([]);
    const ids = childrenOf(given).map(({ apiVersion, kind, metadata }) => [apiVersion, kind, metadata.namespace, metadata.name].join(' '));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('H5, A6, T7: children hold what we own, nothing observed and no label or annotation of the parent\'s', async () => {
    for (const child of childrenOf(await answer(golden))) {
      expect(Object.keys(child).filter((field) => field === 'status')).toEqual([]);
      expect(Object.keys(child.metadata).filter((field) => !['name', 'namespace', 'labels', 'annotations'].includes(field))).toEqual([]);
      const names = [...Object.keys(child.metadata.labels ?? {}), ...Object.keys(child.metadata.annotations ?? {})];
      expect(names.filter((name) => !/^(knative-kafka\.io\/|app\.kubernetes\.io\/(name|component)$|messaging\.knative\.dev\/role$|strimzi\.io\/(cluster|managed)$)/.test(name))).toEqual([]);
      expect(child.metadata.namespace).toBe(namespaceFor(child, golden));
    }
  });
});

function namespaceFor({ apiVersion, kind }: Child, { path }: GoldenCase): string {
  if (apiVersion === strimziApiVersion) return 'kafka';
  return kind === 'Service' && path === '/kafkachannel/sync' ? 'shop' : systemNamespace;
}

function childrenOf({ children, attachments }: Answer): Child[] {
  return [...(children ?? []), ...(attachments ?? [])];
}

describe('the golden files', () => {
  test('are answers to a request each', () => {
    const answers = readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.answer.yaml'));
    expect(answers.sort()).toEqual(cases.map((file) => file.replace('.request.yaml', '.answer.yaml')));
  });

  test('show no credential', () => {
    for (const file of cases) expect(readFileSync(join(import.meta.dirname, file.replace('.request.yaml', '.answer.yaml')), 'utf8')).not.toContain('hunter2');
  });
});
