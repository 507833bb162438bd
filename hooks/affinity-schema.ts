import { listOf, objectOf, someText } from './yaml-setting.ts';

const weight = { type: 'integer', minimum: 1, maximum: 100 };

function requirement(...operators: readonly string[]): object {
  return objectOf({ key: someText, operator: { enum: operators }, values: listOf({ type: 'string' }) }, 'key', 'operator');
}

const nodeRequirements = listOf(requirement('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'));
const nodeTerm = objectOf({ matchExpressions: nodeRequirements, matchFields: nodeRequirements });
const labelSelector = objectOf({
  matchLabels: { type: 'object', minProperties: 1, additionalProperties: { type: 'string' } },
  matchExpressions: listOf(requirement('In', 'NotIn', 'Exists', 'DoesNotExist')),
});
const podTerm = objectOf(
  { topologyKey: someText, labelSelector, namespaceSelector: labelSelector, namespaces: listOf(someText), matchLabelKeys: listOf(someText), mismatchLabelKeys: listOf(someText) },
  'topologyKey',
);
const podTerms = objectOf({
  requiredDuringSchedulingIgnoredDuringExecution: listOf(podTerm),
  preferredDuringSchedulingIgnoredDuringExecution: listOf(objectOf({ weight, podAffinityTerm: podTerm }, 'weight', 'podAffinityTerm')),
});

/** Kubernetes' `affinity` of a pod. A key that it does not know would be dropped by the API server without a word. */
export const affinitySchema = objectOf({
  nodeAffinity: objectOf({
    requiredDuringSchedulingIgnoredDuringExecution: objectOf({ nodeSelectorTerms: listOf(nodeTerm) }, 'nodeSelectorTerms'),
    preferredDuringSchedulingIgnoredDuringExecution: listOf(objectOf({ weight, preference: nodeTerm }, 'weight', 'preference')),
  }),
  podAffinity: podTerms,
  podAntiAffinity: podTerms,
});
