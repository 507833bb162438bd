import type { Cluster } from '../cluster/cluster.ts';
import { loadBinaryImage } from '../cluster/project-images.ts';
import type { Kubernetes } from '../kubernetes.ts';
import { restrictedNamespace, shippedNamespace } from '../system.ts';
import { knativeDefinitions } from './definitions.ts';

const image = 'localhost/knative-eventing-controller:e2e';
const name = 'eventing-controller';
/** Not where the operator runs. */
const namespace = shippedNamespace;

/** An image with a controller of Knative Eventing that was built elsewhere. */
export function loadKnativeImage(cluster: Cluster, binary: string): Promise<void> {
  return loadBinaryImage(cluster, image, binary, '/ko-app/controller');
}

/** Knative Eventing's controller alone: no webhook, no channel implementation but ours. */
export async function installKnative(kubernetes: Kubernetes): Promise<void> {
  await kubernetes.apply([restrictedNamespace(namespace), ...knativeDefinitions(), ...configuration(), ...account()]);
  await kubernetes.run('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
  await kubernetes.apply([deployment()]);
  await kubernetes.rolledOut(name, namespace);
}

/** Its controller and its namespace; definitions and roles stay. */
export async function removeKnative(kubernetes: Kubernetes): Promise<void> {
  await kubernetes.run('delete', 'namespace', namespace, '--timeout=60s');
}

/** Empty: everything is as Knative has it by default. */
function configuration(): object[] {
  const features = ['config-logging', 'config-observability', 'config-features', 'config-leader-election', 'config-sugar', 'config-ping-defaults', 'config-kreference-mapping', 'config-br-defaults', 'default-ch-webhook'];
  return features.map((config) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: config, namespace }, data: {} }));
}

/** As Knative has them, its rights on channels come from roles that are aggregated: on ours, from the ones that we ship (CP-1, CP-2). */
function account(): object[] {
  const rbac = 'rbac.authorization.k8s.io';
  const every = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];
  const groups = ['messaging', 'eventing', 'flows', 'sinks', 'sources'].map((group) => `${group}.knative.dev`);
  const known = groups.map((group) => ({ apiGroups: [group], resources: group.startsWith('messaging') ? ['channels', 'subscriptions', 'inmemorychannels'].flatMap(withParts) : ['*'], verbs: every }));
  const rules = [
    ...known,
    { apiGroups: [''], resources: ['namespaces', 'services', 'secrets', 'configmaps', 'serviceaccounts', 'endpoints', 'events', 'pods'], verbs: every },
    { apiGroups: ['apps', 'batch', 'rbac.authorization.k8s.io', 'coordination.k8s.io', 'discovery.k8s.io', 'cert-manager.io'], resources: ['*'], verbs: every },
    { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: every },
  ];
  const ducks = ['channelable', 'addressable'].map((duck) => ({
    apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name: `${name}-${duck}` }, rules: [],
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [`duck.knative.dev/${duck}`]: 'true' } }] },
  }));
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const bindings = [name, ...ducks.map(({ metadata }) => metadata.name)].map((role) => ({
    apiVersion: `${rbac}/v1`, kind: 'ClusterRoleBinding', metadata: { name: role }, subjects, roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
  }));
  return [{ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }, { apiVersion: `${rbac}/v1`, kind: 'ClusterRole', metadata: { name }, rules }, ...ducks, ...bindings];
}

function withParts(resource: string): string[] {
  return [resource, `${resource}/status`, `${resource}/finalizers`];
}

function deployment(): object {
  const variables = { CONFIG_LOGGING_NAME: 'config-logging', CONFIG_OBSERVABILITY_NAME: 'config-observability', METRICS_DOMAIN: 'knative.dev/eventing', APISERVER_RA_IMAGE: 'none', AUTH_PROXY_IMAGE: 'none' };
  const fromPod = { SYSTEM_NAMESPACE: 'metadata.namespace', POD_NAME: 'metadata.name' };
  const container = {
    name,
    image,
    command: ['/ko-app/controller'],
    env: [...Object.entries(variables).map(([key, value]) => ({ name: key, value })), ...Object.entries(fromPod).map(([key, fieldPath]) => ({ name: key, valueFrom: { fieldRef: { fieldPath } } }))],
    readinessProbe: { httpGet: { path: '/readiness', port: 8080 }, periodSeconds: 1 },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
  };
  const labels = { app: name };
  const securityContext = { runAsNonRoot: true, runAsUser: 65_532, seccompProfile: { type: 'RuntimeDefault' } };
  return {
    apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace, labels },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { serviceAccountName: name, enableServiceLinks: false, securityContext, containers: [container] } } },
  };
}
