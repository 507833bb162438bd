import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';

import type { HooksConfig } from '../hooks/config.ts';
import type { KubernetesObject, ObjectGroups } from '../hooks/metacontroller.ts';
import { withoutBookkeeping } from '../local/render/clean.ts';
import { render } from '../local/render/render.ts';
import { hooksConfigForTests, hooksConfigWith } from './support/hook-objects.ts';

interface Golden {
  request: { parent?: KubernetesObject; object?: KubernetesObject; related: ObjectGroups };
}

interface Answer {
  attachments?: KubernetesObject[];
  children?: KubernetesObject[];
}

const read = (name: string, part: 'request' | 'answer'): unknown => parse(readFileSync(join(import.meta.dirname, 'golden', `${name}.${part}.yaml`), 'utf8'));
const idOf = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
const isManifest = ({ kind }: KubernetesObject): boolean => ['KafkaChannel', 'Secret'].includes(kind);

/** What render makes of the KafkaChannels and Secrets of a golden request. */
async function rendered(golden: Golden): Promise<KubernetesObject[]> {
  return await renderedBy(hooksConfigForTests, golden);
}

async function renderedBy(config: HooksConfig, golden: Golden): Promise<KubernetesObject[]> {
  const { parent, object, related } = golden.request;
  const all = [parent, object, ...Object.values(related).flatMap((byName) => Object.values(byName))].filter((each) => each !== undefined);
  const { yaml } = await render(structuredClone(all.filter(isManifest)), config);
  return parseAllDocuments(yaml).map((document) => document.toJS() as KubernetesObject | null).filter((each) => each !== null);
}

/** Cases that have come to rest: what the hooks are asked about follows from the manifests alone. */
const settled = [
  'namespace/channel-with-two-subscribers',
  'namespace/dispatcher-settings',
  'namespace/groups-named-by-subscriptions',
  'namespace/new-channel',
  'namespace/no-channel',
  'namespace/one-bad-channel-among-good-ones',
  'namespace/subscriber-listed-twice',
  'namespace/subscriber-removed',
  'namespace/subscriber-that-cannot-be-served-without-losing-events',
  'namespace/topic-config',
  'namespace/topic-of-its-own',
  'namespace/two-secrets-one-the-default',
  'kafkachannel/ready-channel',
  'kafkachannel/name-as-long-as-a-service',
  'secret/new-secret',
  'secret/secret-with-a-long-name',
];

test('R16.2: npm run render prints the autoscalers that are set, and no number of replicas beside them', async () => {
  const config = hooksConfigWith({ RECEIVER_AUTOSCALER: '{maxReplicas: 9, cpu: 1}', DISPATCHER_AUTOSCALER: '{minReplicas: 1, maxReplicas: 9, cpu: 1}' });
  const objects = await renderedBy(config, read('namespace/new-channel', 'request') as Golden);
  const ofKind = (kind: string): KubernetesObject[] => objects.filter((object) => object.kind === kind);
  const target = ({ metadata, spec }: KubernetesObject): object => ({ name: metadata.name, maxReplicas: (spec as { maxReplicas: number }).maxReplicas });
  expect(ofKind('Deployment').map(({ spec }) => (spec as { replicas?: number }).replicas)).toEqual([undefined, undefined]);
  expect(ofKind('HorizontalPodAutoscaler').map(target)).toEqual(ofKind('Deployment').map(({ metadata }) => ({ name: metadata.name, maxReplicas: metadata.name.endsWith('-dispatcher') ? 4 : 9 })));
});

describe('npm run render prints what the hooks answer', () => {
  test.each(settled)('%s', async (name) => {
    const golden = read(name, 'request') as Golden;
    const { attachments = [], children = [] } = read(name, 'answer') as Answer;
    const made = new Map((await rendered(golden)).map((object) => [idOf(object), object]));
    for (const object of [...attachments, ...children]) expect({ [idOf(object)]: made.get(idOf(object)) }).toEqual({ [idOf(object)]: withoutBookkeeping(object) });
    if (!name.startsWith('namespace/')) return;
    const ofChannels = [...made.values()].filter(({ kind, metadata }) => kind !== 'Service' && metadata.labels?.['knative-kafka.io/channel'] !== undefined);
    expect(ofChannels.map(idOf).sort()).toEqual(attachments.map(idOf).sort());
  });
});
