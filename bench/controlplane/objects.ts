import { messagingApiVersion } from '../../contract/names.ts';

export const systemNamespace = 'knative-eventing';
export const subscribersEach = 3;

/** As Knative's Subscription controller writes it. */
function subscriber(channel: string, index: number): object {
  return { uid: `${channel}-${index}`, name: `subscriber-${index}`, generation: 1, subscriberUri: `http://subscriber-${index}.example/` };
}

/** Channels spread evenly over namespaces, three subscribers each, one partition: the broker of a bench is one. */
export function benchChannels(channels: number, namespaces: number): { metadata: { namespace: string; name: string } }[] {
  return Array.from({ length: channels }, (_, index) => {
    const name = `channel-${index}`;
    const spec = { numPartitions: 1, subscribers: Array.from({ length: subscribersEach }, (__, each) => subscriber(name, each)) };
    return { apiVersion: messagingApiVersion, kind: 'KafkaChannel', metadata: { namespace: `bench-${index % namespaces}`, name }, spec };
  });
}

export function kafkaSecret(bootstrap: string): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: systemNamespace, name: 'kafka', labels: { 'knative-kafka.io/kafka-secret': 'true' } }, stringData: { 'bootstrap.servers': bootstrap } };
}
