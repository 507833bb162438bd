import { label } from '../contract/names.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';

/** Where everything runs for which no labelled Secret says otherwise. */
export const defaultSystemNamespace = 'knative-eventing';

/** The Secrets of the manifests that describe a Kafka. */
export function kafkaSecretsOf(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.filter(({ kind, metadata }) => kind === 'Secret' && metadata.labels?.[label.kafkaSecret] === 'true');
}

/** The system namespace is where the Kafka Secrets of the manifests are. */
export function systemNamespaceOf(objects: readonly KubernetesObject[]): string {
  return kafkaSecretsOf(objects)[0]?.metadata.namespace ?? defaultSystemNamespace;
}

/** A Secret that describes a Kafka without security, as an administrator would make it. */
export function plainKafkaSecret(name: string, namespace: string, bootstrap: string): KubernetesObject {
  const data = { 'bootstrap.servers': bootstrap, protocol: 'PLAINTEXT' };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { [label.kafkaSecret]: 'true' } },
    type: 'Opaque',
    data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
  };
}

/** Names of the Kafka Secrets that the manifests' channels and Secrets speak of; `kafka` where they speak of none. */
export function kafkaSecretNames(objects: readonly KubernetesObject[]): string[] {
  const named = objects.filter(({ kind }) => kind === 'KafkaChannel').map((channel) => (channel['spec'] as { kafkaSecret?: string }).kafkaSecret);
  const names = new Set([...named.filter((name) => name !== undefined), ...kafkaSecretsOf(objects).map(({ metadata }) => metadata.name)]);
  return names.size > 0 ? [...names].sort() : ['kafka'];
}

/** Namespaces of objects, as objects. */
export function namespacesOf(objects: readonly KubernetesObject[], systemNamespace: string): KubernetesObject[] {
  const names = new Set([systemNamespace, ...objects.map(({ metadata }) => metadata.namespace).filter((name) => name !== undefined)]);
  return [...names].sort().map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  }));
}
