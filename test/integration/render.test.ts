import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

import { crdKinds } from '../../local/manifests/crd-schema.ts';
import { withDefaults } from '../../local/manifests/load.ts';
import { renderMode } from '../support/local-mode.ts';

interface Rendered {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; labels?: Record<string, string> };
  spec: { template: { spec: { containers: { image: string }[] } }; replicas: number };
  data: Record<string, string>;
  status?: object;
}

async function render(...args: string[]): Promise<{ objects: Rendered[]; text: string; notes: string }> {
  const run = renderMode(args);
  expect({ code: await run.ended, stderr: run.stderr() }).toMatchObject({ code: 0 });
  const objects = parseAllDocuments(run.stdout()).map((document) => document.toJS() as Rendered);
  return { objects, text: run.stdout(), notes: run.stderr() };
}

const titles = (objects: readonly Rendered[]): string[] => objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`);

const limitMs = 60_000;

describe('npm run render', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'knative-kafka-render-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  test('prints everything that the operator creates for the quick start, sorted, without bookkeeping', async () => {
    const { objects, text, notes } = await render('examples/quickstart');
    const found = titles(objects);
    expect(found).toEqual([
      'ConfigMap knative-eventing/kafka-receiver-kafka',
      expect.stringMatching(/^ConfigMap knative-eventing\/quickstart-default-\w+-dispatcher$/),
      'Deployment knative-eventing/kafka-receiver-kafka',
      expect.stringMatching(/^Deployment knative-eventing\/quickstart-default-\w+-dispatcher$/),
      expect.stringMatching(/^KafkaConsumerGroup knative-eventing\/kafka\.default\.quickstart\./),
      expect.stringMatching(/^KafkaConsumerGroup knative-eventing\/kafka\.default\.quickstart\./),
      'KafkaTopic knative-eventing/knative-messaging-kafka.default.quickstart',
      'PodDisruptionBudget knative-eventing/kafka-receiver-kafka',
      'Service default/quickstart-kn-channel',
      'Service knative-eventing/kafka-receiver-kafka',
    ]);
    expect(text).not.toMatch(/^status:|\buid:|resourceVersion|ownerReferences|metacontroller\.k8s\.io|controller-uid|creationTimestamp/m);
    const file = JSON.parse(objects[1]?.data['dispatcher.json'] ?? '') as { subscriptions: { name: string; subscriberUri: string }[] };
    expect(file.subscriptions.map(({ name, subscriberUri }) => `${name} ${subscriberUri}`).sort()).toEqual([
      'subscriber-a http://subscriber-a.default.svc.cluster.local',
      'subscriber-b http://subscriber-b.default.svc.cluster.local',
    ]);
    expect(notes).toContain('note: no labelled Secret is in the files: assumed that knative-eventing/kafka describes the Kafka');
  }, limitMs);

  test('the same files give the same bytes', async () => {
    expect((await render('examples/quickstart')).text).toBe((await render('examples/quickstart')).text);
  }, limitMs);

  test('our own kinds are as their CRDs want them', async () => {
    const { objects } = await render('examples/quickstart');
    const kinds = crdKinds().map(({ kind }) => kind);
    const ours = objects.filter(({ kind }) => kinds.includes(kind));
    expect(ours).toHaveLength(3);
    for (const object of ours) expect(() => withDefaults(object as unknown as Parameters<typeof withDefaults>[0])).not.toThrow();
  }, limitMs);

  test('follows the Kafka Secret in the files, the flags, and shows nothing of the Secret', async () => {
    await writeFile(join(folder, 'all.yaml'), manifests);
    const { objects, text, notes } = await render(join(folder, 'all.yaml'), '--receiver-image', 'r:1', '--dispatcher-image', 'd:1');
    expect(titles(objects)).toContain('Deployment messaging/kafka-receiver-prod');
    const image = (part: string): string | undefined => objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.labels?.['app.kubernetes.io/component'] === part)?.spec.template.spec.containers[0]?.image;
    expect([image('receiver'), image('dispatcher')]).toEqual(['r:1', 'd:1']);
    expect(text).not.toContain('geheim');
    expect(notes).not.toContain('assumed');
  }, limitMs);

  test('puts everything where it is told to', async () => {
    const { objects } = await render('examples/quickstart/channel.yaml', '--system-namespace', 'events');
    expect(new Set(objects.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['events', 'default']));
  }, limitMs);

  test('a bad manifest is one line, and nothing on stdout', async () => {
    await writeFile(join(folder, 'bad.yaml'), manifests.replace('numPartitions: 2', 'numPartitions: x'));
    const run = renderMode([join(folder, 'bad.yaml')]);
    expect(await run.ended).toBe(1);
    expect(run.stderr()).toMatch(/^error: \S+bad\.yaml:\d+: KafkaChannel default\/c, field spec\.numPartitions: expected integer, not "x"\n$/);
    expect(run.stdout()).toBe('');
  }, limitMs);
});

const manifests = `apiVersion: v1
kind: Secret
metadata: {name: prod, namespace: messaging, labels: {knative-kafka.io/kafka-secret: "true"}}
stringData: {bootstrap.servers: "kafka:9092", protocol: SASL_SSL, user: u, password: geheim}
---
apiVersion: messaging.knative.dev/v1beta1
kind: KafkaChannel
metadata: {name: c}
spec: {numPartitions: 2}
`;
