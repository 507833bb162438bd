/** What Knative's controller watches: group, kind, served versions (the first is stored). */
const kinds: readonly (readonly [group: string, kind: string, ...versions: string[]])[] = [
  ['messaging', 'Channel', 'v1'],
  ['messaging', 'InMemoryChannel', 'v1'],
  ['messaging', 'Subscription', 'v1'],
  ['eventing', 'Broker', 'v1'],
  ['eventing', 'Trigger', 'v1'],
  ['eventing', 'EventPolicy', 'v1alpha1'],
  ['eventing', 'EventTransform', 'v1alpha1'],
  ['eventing', 'EventType', 'v1beta2', 'v1beta3'],
  ['eventing', 'RequestReply', 'v1alpha1'],
  ['flows', 'Parallel', 'v1'],
  ['flows', 'Sequence', 'v1'],
  ['sinks', 'IntegrationSink', 'v1alpha1'],
  ['sinks', 'JobSink', 'v1alpha1'],
  ['sources', 'ApiServerSource', 'v1'],
  ['sources', 'ContainerSource', 'v1'],
  ['sources', 'IntegrationSource', 'v1alpha1'],
  ['sources', 'PingSource', 'v1'],
  ['sources', 'SinkBinding', 'v1'],
];

/** Definitions that take anything, for the controller waits for all its kinds to be there. */
export function knativeDefinitions(): object[] {
  return kinds.map(([area, kind, ...versions]) => {
    const [singular, plural] = [kind.toLowerCase(), pluralOf(kind.toLowerCase())];
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
    return {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${area}.knative.dev` },
      spec: {
        group: `${area}.knative.dev`,
        scope: 'Namespaced',
        names: { kind, singular, plural },
        versions: versions.map((name, index) => ({ name, served: true, storage: index === 0, subresources: { status: {} }, schema })),
      },
    };
  });
}

function pluralOf(singular: string): string {
  return /[^aeiou]y$/.test(singular) ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}
