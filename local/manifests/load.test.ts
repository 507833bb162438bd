import { describe, expect, test } from '@jest/globals';
import { parse as parseYaml } from 'yaml';
import { readFileSync } from 'node:fs';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { loadManifests } from './load.ts';
import { parse } from './read.ts';
import { channelRules, checkRules } from './rules.ts';
import { kindSchemas } from './schemas.ts';
import type { Loaded } from './validate.ts';
import { validate } from './validate.ts';

const schemas = kindSchemas();

function load(text: string, running: readonly KubernetesObject[] = []): Loaded {
  const loaded = validate(parse(text, 'file.yaml'), schemas);
  checkRules(loaded, running);
  return loaded;
}

const channel = (spec: string, apiVersion = 'v1', metadata = '{name: orders}'): string => `apiVersion: messaging.knative.dev/${apiVersion}\nkind: KafkaChannel\nmetadata: ${metadata}\nspec:\n${spec}`;
const subscription = (spec: string): string => `apiVersion: messaging.knative.dev/v1\nkind: Subscription\nmetadata: {name: s}\nspec:\n  channel: {apiVersion: v1, kind: KafkaChannel, name: c}\n${spec}`;

describe('manifests', () => {
  test('the quick start is what local mode takes', async () => {
    const { objects, ignored } = await loadManifests('examples/quickstart');
    expect(objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`)).toEqual([
      'KafkaChannel default/quickstart',
      'ConfigMap default/subscriber-script',
      'Service default/subscriber-a',
      'Deployment default/subscriber-a',
      'Service default/subscriber-b',
      'Deployment default/subscriber-b',
      'Subscription default/subscriber-a',
      'Subscription default/subscriber-b',
    ]);
    expect(ignored).toEqual([]);
  });

  test('defaults of the CRD, the namespace and the stored version are filled in', () => {
    const [object] = load(channel('  topic: {}\n', 'v1beta1')).objects;
    expect(object).toMatchObject({
      apiVersion: 'messaging.knative.dev/v1',
      metadata: { namespace: 'default' },
      spec: { numPartitions: 4, replicationFactor: 1, retentionDuration: 'PT168H', topic: { policy: 'Managed', deletionPolicy: 'Delete' } },
      status: { observedGeneration: -1 },
    });
  });

  test('a spec that is missing is all defaults', () => {
    const [object] = load('apiVersion: messaging.knative.dev/v1\nkind: KafkaChannel\nmetadata: {name: c}\n').objects;
    expect(object?.['spec']).toMatchObject({ numPartitions: 4 });
  });

  test('the objects of a List count as if they stood alone, and are pointed at', () => {
    const list = (spec: string): string => `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Namespace\n  metadata: {name: a}\n- apiVersion: messaging.knative.dev/v1\n  kind: KafkaChannel\n  metadata: {name: c}\n  spec:\n    ${spec}\n`;
    expect(load(list('numPartitions: 2')).objects.map(({ kind }) => kind)).toEqual(['Namespace', 'KafkaChannel']);
    expect(() => load(list('numPartition: 2'))).toThrow('file.yaml:11: KafkaChannel default/c, field spec.numPartition: ');
    expect(load('apiVersion: v1\nkind: List\nitems: []\n').objects).toEqual([]);
    expect(() => load('apiVersion: v1\nkind: List\nitems:\n- null\n')).toThrow('file.yaml:4: field (top) is missing or no mapping');
  });

  test('stringData of a Secret becomes data', () => {
    const [object] = load('apiVersion: v1\nkind: Secret\nmetadata: {name: kafka}\nstringData: {password: geheim}\n').objects;
    expect(object).toMatchObject({ data: { password: 'Z2VoZWlt' } });
    expect(object).not.toHaveProperty('stringData');
  });

  test('kinds that have no part in it are named', () => {
    expect(load(`${channel('  numPartitions: 1\n')}---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: x}\n`).ignored).toEqual(['file.yaml:7: ServiceAccount (v1) has no part in local mode']);
  });

  test.each([
    ['a wrong type', channel('  numPartitions: many\n'), 'file.yaml:5: KafkaChannel default/orders, field spec.numPartitions: expected integer, not "many"'],
    ['a number out of bounds', channel('  numPartitions: 0\n'), 'file.yaml:5: KafkaChannel default/orders, field spec.numPartitions: expected a number >= 1, not 0'],
    ['an unknown field', channel('  numPartitions: 1\n  partitions: 1\n'), /^file\.yaml:6: KafkaChannel default\/orders, field spec\.partitions: expected one of numPartitions, replicationFactor, /],
    ['a value that is not in the list', channel('  dispatcher:\n    deliveryOrder: any\n'), 'file.yaml:6: KafkaChannel default/orders, field spec.dispatcher.deliveryOrder: expected one of ordered, keyed, unordered, not "any"'],
    ['no duration', channel('  retentionDuration: 7 days\n'), 'file.yaml:5: KafkaChannel default/orders, field spec.retentionDuration: must be an ISO-8601 duration such as PT30S or P7D: correct the field'],
    ['a duration of nothing (CEL)', channel('  retentionDuration: PT\n'), /^file\.yaml:5: .*spec\.retentionDuration: must be an ISO-8601 duration such as PT30S or P7D: correct the field$/],
    ['a duration of nothing, in the delivery of a subscriber (CEL)', channel('  subscribers:\n    - uid: a\n      subscriberUri: http://x\n      delivery: {timeout: P}\n'), /^file\.yaml:8: .*spec\.subscribers\.0\.delivery\.timeout: must be an ISO-8601/],
    ['a subscriber without an address (CEL)', channel('  subscribers:\n    - uid: a\n'), /^file\.yaml:6: .*spec\.subscribers\.0: a subscriber needs a subscriberUri or a replyUri/],
    ['a name that is none', channel('  numPartitions: 1\n', 'v1', '{name: 7up}'), 'file.yaml:3: KafkaChannel, field metadata.name: "7up" is no DNS name: expected a-z, 0-9 and -, starting with a letter, at most 63'],
    ['a Subscription to nobody', subscription('  delivery: {retry: 1}\n'), /^file\.yaml:4: Subscription default\/s, field spec: expected the field subscriber or reply in it$/],
    ['no duration in a Subscription', subscription('  subscriber: {uri: http://x}\n  delivery: {timeout: 30s}\n'), /^file\.yaml:7: Subscription default\/s, field spec\.delivery\.timeout: expected an ISO-8601 duration such as PT30S or P7D, not "30s"$/],
    ['a reference without a name', subscription('  subscriber: {ref: {kind: Service}}\n'), /^file\.yaml:6: Subscription default\/s, field spec\.subscriber\.ref: expected the field name in it$/],
    ['the same object twice', `${channel('  numPartitions: 1\n')}---\n${channel('  numPartitions: 1\n')}`, 'file.yaml:9: KafkaChannel default/orders is there twice: it is at file.yaml:1 already: remove one of them'],
    ['no YAML', 'a: [\n', /^file\.yaml:\d+: .*: expected YAML: correct the line$/],
    ['no object', 'kind: KafkaChannel\nmetadata: {name: x}\n', /^file\.yaml:1: field apiVersion is missing or no text: expected a Kubernetes object with apiVersion$/],
    ['a list', '- a\n', /^file\.yaml:1: field \(top\) is missing or no mapping: expected/],
  ])('%s: file, line, field, what was expected', (_name, text, message) => {
    expect(() => load(text)).toThrow(message);
  });

  test('a Secret\'s value is not shown', () => {
    expect(() => load('apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: 123456}\n')).toThrow(/field stringData\.password: expected string$/);
  });
});

describe('rules about what changed', () => {
  const running = load(channel('  numPartitions: 3\n  topic: {name: t}\n')).objects;

  test.each([
    ['numPartitions: 2\n  topic: {name: t}', 'spec.numPartitions: numPartitions may only grow'],
    ['numPartitions: 3\n  replicationFactor: 2\n  topic: {name: t}', 'spec.replicationFactor: replicationFactor is fixed when the channel is created'],
    ['numPartitions: 3', 'spec.topic.name: topic.name is fixed when the channel is created'],
  ])('%j is refused', (spec, message) => {
    expect(() => load(channel(`  ${spec}\n`), running)).toThrow(`${message}: correct the field, or start with --clean`);
  });

  test('more partitions are taken', () => expect(() => load(channel('  numPartitions: 9\n  topic: {name: t}\n'), running)).not.toThrow());

  test('each rule of the CRD has its equivalent', () => {
    const messages = rulesIn(parseYaml(readFileSync('crds/kafkachannel.yaml', 'utf8'))).filter((message) => !message.startsWith('metadata.name'));
    expect([...new Set(messages)].sort()).toEqual(channelRules.map(({ message }) => message).sort());
  });
});

/** Messages of all CEL rules in a schema. */
function rulesIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own = ((schema as { 'x-kubernetes-validations'?: { message: string }[] })['x-kubernetes-validations'] ?? []).map(({ message }) => message);
  return [...own, ...Object.values(schema).flatMap(rulesIn)];
}
