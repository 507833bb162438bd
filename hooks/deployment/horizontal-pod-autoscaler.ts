import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerBehavior } from 'kubernetes-types/autoscaling/v2.js';

import { label } from '../../contract/names.ts';
import type { ObjectMeta } from '../../contract/object-meta.ts';
import type { Autoscaler } from '../autoscaler.ts';

/** Each step has the members of a group share its partitions again (R16.4): twice as many a minute at most, or half as many. */
const ofDispatchers: HorizontalPodAutoscalerBehavior = {
  scaleUp: { policies: [{ type: 'Percent', value: 100, periodSeconds: 60 }] },
  scaleDown: { policies: [{ type: 'Percent', value: 50, periodSeconds: 60 }] },
};

/** Scales a Deployment by the CPU of our container alone: what others put beside it in the pods does not count. An amount and no share of what is requested, for one process uses one core at most, whatever it requests. */
export function horizontalPodAutoscaler({ namespace = '', name, labels = {} }: ObjectMeta, { minReplicas, maxReplicas, cpu }: Autoscaler): HorizontalPodAutoscaler {
  const component = labels[label.component] ?? '';
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { namespace, name, labels: ours(labels) },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name },
      minReplicas,
      maxReplicas,
      metrics: [{ type: 'ContainerResource', containerResource: { name: 'cpu', container: component, target: { type: 'AverageValue', averageValue: cpu } } }],
      ...(component === 'dispatcher' && { behavior: ofDispatchers }),
    },
  };
}

/** Without those that others put on the Deployment. */
function ours(labels: Readonly<Record<string, string>>): Record<string, string> {
  const names: readonly string[] = Object.values(label);
  return Object.fromEntries(Object.entries(labels).filter(([name]) => names.includes(name)));
}
