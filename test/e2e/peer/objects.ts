import type { ChannelKey } from '../../../contract/names.ts';
import { channelServiceName } from '../../../contract/names.ts';
import { selfSigned } from '../../support/self-signed.ts';
import { restrictedPod } from '../restricted-pod.ts';
import { shippedNamespace as namespace } from '../system.ts';

/** What eventing-kafka-broker leaves in a cluster, as far as a takeover touches it: stand-ins with its names. */
const internalGroup = 'internal.kafka.eventing.knative.dev';
const anything = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

/** KafkaChannel, stored as `v1beta1` and converted by a webhook that nothing answers for. */
export const channelDefinition = definition('messaging.knative.dev', 'KafkaChannel', ['v1beta1', 'v1'], {
  strategy: 'Webhook',
  webhook: { conversionReviewVersions: ['v1'], clientConfig: { service: { name: 'kafka-webhook-eventing', namespace, path: '/resource-conversion' } } },
});

/** A field that the peer's webhook writes for itself, and so owns. */
const caBundle = Buffer.from(selfSigned(`kafka-webhook-eventing.${namespace}.svc`).cert).toString('base64');
export const caBundlePatch = { spec: { conversion: { webhook: { clientConfig: { caBundle } } } } };

export const internalDefinitions = ['ConsumerGroup', 'Consumer'].map((kind) => definition(internalGroup, kind, ['v1alpha1']));

function definition(group: string, kind: string, versions: readonly string[], conversion?: object): { apiVersion: string; kind: string; metadata: { name: string }; spec: object } {
  const singular = kind.toLowerCase();
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.${group}` },
    spec: {
      group, scope: 'Namespaced', names: { kind, listKind: `${kind}List`, singular, plural: `${singular}s` }, ...(conversion && { conversion }),
      versions: versions.map((name, index) => ({ name, served: true, storage: index === 0, subresources: { status: {} }, schema: anything })),
    },
  };
}

/** Its control plane and data plane: pods that do nothing. */
export function workloads(): object[] {
  const workload = (kind: string, name: string): object => {
    const labels = { app: name };
    const template = { metadata: { labels }, spec: restrictedPod({ name, command: ['node', '-e', 'setInterval(() => {}, 1e9); process.on("SIGTERM", () => process.exit(0))'] }) };
    return { apiVersion: 'apps/v1', kind, metadata: { name, namespace }, spec: { replicas: 1, selector: { matchLabels: labels }, template, ...(kind === 'StatefulSet' && { serviceName: '' }) } };
  };
  return [workload('Deployment', 'kafka-controller'), workload('Deployment', 'kafka-webhook-eventing'), workload('StatefulSet', 'kafka-channel-dispatcher')];
}

export function peerChannel({ namespace: where, name }: ChannelKey, spec: object): object {
  return { apiVersion: 'messaging.knative.dev/v1beta1', kind: 'KafkaChannel', metadata: { name, namespace: where, finalizers: ['kafkachannels.messaging.knative.dev'] }, spec };
}

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid?: string };
}

function ownedBy({ apiVersion, kind, metadata: { name, uid } }: Owner): object {
  return { ownerReferences: [{ apiVersion, kind, name, uid, controller: true }] };
}

export function channelService(channel: Owner, where: string): object {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: channelServiceName(channel.metadata.name), namespace: where, ...ownedBy(channel) }, spec: { type: 'ExternalName', externalName: `kafka-channel-ingress.${namespace}.svc.cluster.local` } };
}

/** With a finalizer that only the peer's controller takes off. */
export function internalObject(kind: 'ConsumerGroup' | 'Consumer', name: string, where: string, owner: Owner): object {
  return { apiVersion: `${internalGroup}/v1alpha1`, kind, metadata: { name, namespace: where, finalizers: [`${kind.toLowerCase()}s.${internalGroup}`], ...ownedBy(owner) } };
}
