import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import { messagingApiVersion } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import type { Hooks } from './hooks-process.ts';
import { benchChannels, kafkaSecret } from './objects.ts';

/** Sends what Metacontroller would: every namespace twice, before and after its children are there, and every channel. */
export async function hooksAlone(post: Hooks['post'], channels: number, namespaces: number): Promise<void> {
  const all = benchChannels(channels, namespaces).map(observedChannel);
  const { stringData, ...secret } = kafkaSecret('127.0.0.1:9092') as KubernetesObject & { stringData: Record<string, string> };
  const data = Object.fromEntries(Object.entries(stringData).map(([key, value]) => [key, Buffer.from(value).toString('base64')]));
  const secrets = byName([{ ...secret, data }]);
  for (let index = 0; index < namespaces; index += 1) {
    const name = `bench-${index}`;
    const object = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, uid: name } };
    const related = { 'KafkaChannel.messaging.knative.dev/v1': byName(all.filter(({ metadata }) => metadata.namespace === name)), 'Secret.v1': secrets };
    const { attachments } = (await post('/namespace/sync', { object, attachments: {}, related })) as { attachments: KubernetesObject[] };
    await post('/namespace/sync', { object, attachments: byKind(attachments), related });
  }
  for (const parent of all) await post('/kafkachannel/sync', { parent, children: { 'Service.v1': {} }, related: { 'Secret.v1': secrets, 'ConfigMap.v1': {}, 'Service.v1': {} }, finalizing: false });
}

function observedChannel(channel: object): KubernetesObject {
  const { metadata, spec: asked } = channel as KafkaChannel;
  const spec = { ...asked, replicationFactor: 1, retentionDuration: 'PT168H' };
  return { apiVersion: messagingApiVersion, kind: 'KafkaChannel', metadata: { ...metadata, uid: `${metadata.namespace}/${metadata.name}`, generation: 1 }, spec, status: { observedGeneration: -1 } };
}

function byName(objects: readonly KubernetesObject[]): Record<string, KubernetesObject> {
  return Object.fromEntries(objects.map((object) => [`${object.metadata.namespace ?? ''}/${object.metadata.name}`, object]));
}

function byKind(objects: readonly KubernetesObject[]): Record<string, Record<string, KubernetesObject>> {
  const kinds = new Set(objects.map(({ apiVersion, kind }) => `${kind}.${apiVersion}`));
  return Object.fromEntries([...kinds].map((key) => [key, byName(objects.filter(({ apiVersion, kind }) => `${kind}.${apiVersion}` === key))]));
}
