import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { ResourceRequirements } from 'kubernetes-types/core/v1.js';

import { dispatcherFileName } from '../../contract/dispatcher-file.ts';
import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import { mountPath } from '../../contract/mounts.ts';
import { annotation, applicationName, channelLabels, dispatcherName, label } from '../../contract/names.ts';
import { configMapMount, kafkaSecretMount, restrictedPodSpec } from '../restricted-pod.ts';
import type { ChannelPlan } from './channel-plan.ts';

const defaultRequests = { cpu: '100m', memory: '128Mi' };

/** The dispatcher of a channel. Its pods name the ConfigMap that they mount, so that kubelet can be told when it changes. */
export function dispatcherDeployment({ channel, key, kafkaSecret, config }: ChannelPlan): Deployment {
  const name = dispatcherName(key);
  const labels = { ...channelLabels(key), [label.name]: applicationName, [label.component]: 'dispatcher' };
  const file = { name: 'DISPATCHER_FILE', value: `${mountPath.dispatcher}/${dispatcherFileName}` };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: config.systemNamespace, name, labels },
    spec: {
      replicas: channel.spec.dispatcher?.replicas ?? 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { [annotation.config]: name } },
        spec: restrictedPodSpec({
          name: 'dispatcher',
          image: config.dispatcherImage,
          mounts: [kafkaSecretMount(kafkaSecret), configMapMount('dispatcher', name, mountPath.dispatcher, file)],
          resources: resources(channel),
        }),
      },
    },
  };
}

/** Requests by default, but for what the channel sets a limit of: Kubernetes takes the limit for the request then. */
function resources({ spec }: KafkaChannel): ResourceRequirements {
  const { requests, limits } = spec.dispatcher?.resources ?? {};
  const defaults = Object.entries(defaultRequests).filter(([name]) => limits?.[name] === undefined);
  return { requests: { ...Object.fromEntries(defaults), ...requests }, ...(limits && { limits: { ...limits } }) } as ResourceRequirements;
}
