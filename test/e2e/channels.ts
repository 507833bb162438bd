import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import type { ChannelKey } from '../../contract/names.ts';
import { messagingApiVersion } from '../../contract/names.ts';
import type { Kubernetes } from './kubernetes.ts';

/** As Knative's Subscription controller writes it, for a Service in the channel's namespace. */
export function subscriber(channel: ChannelKey, name: string): { uid: string; name: string; generation: number; subscriberUri: string } {
  return { uid: `uid-${name}`, name, generation: 1, subscriberUri: `http://${name}.${channel.namespace}.svc.cluster.local` };
}

export function kafkaChannel(key: ChannelKey, ...subscribers: string[]): object {
  return channelWith(key, { numPartitions: 3, subscribers: subscribers.map((each) => subscriber(key, each)) });
}

export function channelWith({ namespace, name }: ChannelKey, spec: object): object {
  return { apiVersion: messagingApiVersion, kind: 'KafkaChannel', metadata: { name, namespace }, spec };
}

export function addressOf({ namespace, name }: ChannelKey): string {
  return `http://${name}-kn-channel.${namespace}.svc.cluster.local`;
}

/** Waits until a channel as it is now, and each of its subscribers, is Ready. */
export async function whenReady(kubernetes: Kubernetes, { namespace, name }: ChannelKey): Promise<KafkaChannel> {
  const seen = await kubernetes.when('kafkachannels', name, namespace, (object) => isReady(object as unknown as KafkaChannel));
  return seen as unknown as KafkaChannel;
}

function isReady({ status, spec, metadata }: KafkaChannel): boolean {
  const subscribers = status.subscribers ?? [];
  return (
    status.observedGeneration === metadata.generation &&
    status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True' &&
    subscribers.length === (spec.subscribers ?? []).length &&
    subscribers.every(({ ready }) => ready === 'True')
  );
}
