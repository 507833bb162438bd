import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { EnvVar, ResourceRequirements } from 'kubernetes-types/core/v1.js';

import { dispatcherFileName } from '../../contract/dispatcher-file.ts';
import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { mountPath } from '../../contract/mounts.ts';
import { annotation, applicationName, channelLabels, dispatcherName, label } from '../../contract/names.ts';
import type { Autoscaler } from '../autoscaler.ts';
import { autoscalerNote, bounded, withinLimit } from '../autoscaler.ts';
import type { HooksConfig } from '../config.ts';
import type { ResourceName } from '../container-resources.ts';
import { resourceNames } from '../container-resources.ts';
import { canonicalQuantity } from '../quantity.ts';
import { configMapMount, kafkaSecretMount, restrictedPodSpec } from '../restricted-pod.ts';
import type { SecretCaps } from '../secret-caps.ts';
import { exceeds } from '../secret-caps.ts';
import type { ChannelPlan } from './channel-plan.ts';

const defaultRequests = { cpu: '100m', memory: '128Mi' };

/** The dispatcher of a channel. Its pods name the ConfigMap that they mount, so that kubelet can be told when it changes. Replicas that are not asked for are an autoscaler's. */
export function dispatcherDeployment(plan: ChannelPlan): Deployment {
  const { channel, key, caps, kafkaSecret, config } = plan;
  const name = dispatcherName(key);
  const labels = { ...channelLabels(key), [label.name]: applicationName, [label.component]: 'dispatcher' };
  const replicas = channel.spec.dispatcher?.replicas;
  const file = { name: 'DISPATCHER_FILE', value: `${mountPath.dispatcher}/${dispatcherFileName}` };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: config.systemNamespace, name, labels, ...autoscalerNote(autoscalerOf(plan)) },
    spec: {
      ...(replicas !== undefined && { replicas: Math.min(replicas, caps.dispatcherReplicas) }),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { [annotation.config]: name } },
        spec: restrictedPodSpec(config, {
          name: 'dispatcher',
          image: config.dispatcherImage,
          mounts: [kafkaSecretMount(kafkaSecret), configMapMount('dispatcher', name, mountPath.dispatcher, file)],
          variables: [...egressVariables(config), ...config.dispatcherSettings],
          resources: resources(channel, caps),
        }),
      },
    },
  };
}

/** Undefined where the channel says how many run. A dispatcher more than there are partitions would have none to read. */
function autoscalerOf({ channel, running, partitions, caps, config }: ChannelPlan): Autoscaler | undefined {
  if (config.dispatcherAutoscaler === undefined || channel.spec.dispatcher?.replicas !== undefined) return undefined;
  return withinLimit(bounded(config.dispatcherAutoscaler, Math.min(observedPartitions(running) ?? partitions, caps.dispatcherReplicas)), resources(channel, caps).limits?.['cpu']);
}

/** Those of a topic that somebody else looks after are not the channel's to say. */
function observedPartitions(running: ChannelPlan['running']): number | undefined {
  const status: Partial<KafkaTopic['status']> | undefined = running?.topic.status;
  return status?.partitions;
}

/** What the dispatcher's egress guard goes by. The API server's address is in every pod's environment anyway. */
function egressVariables({ systemNamespace, egressAllow, egressDeny }: HooksConfig): EnvVar[] {
  return [
    { name: 'SYSTEM_NAMESPACE', value: systemNamespace },
    ...(egressAllow === undefined ? [] : [{ name: 'EGRESS_ALLOW', value: egressAllow }]),
    ...(egressDeny === undefined ? [] : [{ name: 'EGRESS_DENY', value: egressDeny }]),
  ];
}

type Quantities = Readonly<Partial<Record<ResourceName, string | number>>>;

/**
 * Requests by default, but for what the channel sets a limit of: Kubernetes takes the limit for the request then.
 * What the administrator caps has the cap for its limit where the channel gives none or a higher one. Nothing is requested beyond its limit, which Kubernetes would refuse.
 */
function resources({ spec }: KafkaChannel, { dispatcherResources: caps }: SecretCaps): ResourceRequirements {
  const { requests, limits } = spec.dispatcher?.resources ?? {};
  const most = capped({ ...caps, ...limits }, caps);
  const defaults = limits ? withoutLimited(defaultRequests, limits) : defaultRequests;
  return {
    requests: capped(capped({ ...defaults, ...requests }, caps), most),
    ...((limits ?? Object.keys(caps).length > 0) && { limits: most }),
  };
}

function withoutLimited(quantities: Quantities, limits: Quantities): Quantities {
  return Object.fromEntries(resourceNames.filter((name) => limits[name] === undefined).map((name) => [name, quantities[name]]));
}

/** Of those resources that are known. */
function capped(asked: Quantities, caps: Quantities): Record<string, string> {
  const known = resourceNames.flatMap((name) => (asked[name] === undefined ? [] : [{ name, quantity: asked[name], cap: caps[name] }]));
  return Object.fromEntries(known.map(({ name, quantity, cap }) => [name, canonicalQuantity(cap !== undefined && exceeds(quantity, cap) ? cap : quantity)]));
}
