import type { Deployment } from 'kubernetes-types/apps/v1.js';

import { mountPath, port } from '../../contract/mounts.ts';
import { annotation, receiverName } from '../../contract/names.ts';
import { routesFileName } from '../../contract/routes-file.ts';
import { autoscalerNote } from '../autoscaler.ts';
import type { HooksConfig } from '../config.ts';
import { heldReplicas } from '../held-replicas.ts';
import { configMapMount, kafkaSecretMount, restrictedPodSpec } from '../restricted-pod.ts';
import { receiverLabels } from './receiver-labels.ts';

/** The receiver of one Kafka, for all channels on it. An update takes no pod away before its successor is ready. Its pods name the ConfigMap that they mount, so that kubelet can be told when it changes. */
export function receiverDeployment(secretName: string, config: HooksConfig, observed?: Deployment): Deployment {
  const name = receiverName(secretName);
  const labels = receiverLabels(secretName);
  const replicas = config.receiverReplicas ?? heldReplicas(observed);
  const routes = { name: 'ROUTES_FILE', value: `${mountPath.routes}/${routesFileName}` };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: config.systemNamespace, name, labels, ...autoscalerNote(config.receiverAutoscaler) },
    spec: {
      ...(replicas !== undefined && { replicas }),
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { [annotation.config]: name } },
        spec: {
          ...restrictedPodSpec(config, {
            name: 'receiver',
            image: config.receiverImage,
            servicePort: port.receiver,
            mounts: [kafkaSecretMount(secretName), configMapMount('routes', name, mountPath.routes, routes)],
            variables: config.receiverSettings,
            resources: config.receiverResources,
          }),
          topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: { matchLabels: labels } }],
        },
      },
    },
  };
}
