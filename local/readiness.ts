import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';
import { titleOf } from './manifests/manifest.ts';
import type { ObjectStore } from './metacontroller/store.ts';
import { isAvailable } from './pods/status.ts';

/** What is not ready yet, in words; `stuck` will not become so by waiting. */
export interface Waiting {
  readonly what: string;
  readonly why: string;
  readonly stuck: boolean;
}

/** Everything that keeps events from flowing: channels, subscribers, Deployments. Empty when all is ready. */
export function waitingFor(store: ObjectStore): Waiting[] {
  const channels = store.list('messaging.knative.dev/v1', 'KafkaChannel').flatMap((channel) => channelWaiting(channel as unknown as KafkaChannel & KubernetesObject));
  const deployments = store.list('apps/v1', 'Deployment').filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const starting = deployments.filter((deployment) => !isAvailable(deployment)).map((deployment) => ({ what: titleOf(deployment), why: 'its process is not ready yet', stuck: false }));
  return [...channels, ...starting];
}

/** What a hook has a person mend ends with how (K8); what is found here does not. */
export function whyAndRemedy({ why, stuck }: Waiting): [why: string, remedy: string] {
  const end = stuck ? why.lastIndexOf(': ') : -1;
  return end < 0 ? [why, 'correct it in the manifests'] : [why.slice(0, end), why.slice(end + 2)];
}

function channelWaiting(channel: KafkaChannel & KubernetesObject): Waiting[] {
  const title = titleOf(channel);
  const status: Partial<KafkaChannel['status']> = channel.status;
  const { conditions = [], subscribers = [], observedGeneration } = status;
  const ready = conditions.find(({ type }) => type === 'Ready');
  if (observedGeneration !== channel.metadata.generation) return [{ what: title, why: 'nothing has been decided for it yet', stuck: false }];
  if (ready?.status !== 'True') return [{ what: title, why: `${ready?.reason ?? 'no condition'}: ${ready?.message ?? ''}`, stuck: ready?.status === 'False' }];
  return (channel.spec.subscribers ?? []).flatMap(({ uid, name, generation }) => {
    const seen = subscribers.find((subscriber) => subscriber.uid === uid);
    const good = seen?.ready === 'True' && (seen.observedGeneration ?? generation) === generation;
    return good ? [] : [{ what: `subscriber ${name ?? uid} of ${title}`, why: seen?.message ?? 'not ready yet', stuck: seen?.ready === 'False' }];
  });
}
