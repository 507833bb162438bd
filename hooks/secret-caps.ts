import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import type { SecretData } from '../contract/kafka-connection.ts';
import type { Fault, Secret } from './kafka-secret.ts';
import { secretData } from './kafka-secret.ts';
import { parseQuantity } from './quantity.ts';

/** The most that a channel may ask for, by optional keys of its Kafka Secret (T4); Infinity where nothing is said. */
export interface SecretCaps {
  readonly partitions: number;
  readonly replicas: number;
  readonly dispatcherReplicas: number;
  /** As the Secret writes it, by resource. */
  readonly dispatcherResources: Readonly<Partial<Record<'cpu' | 'memory', string>>>;
  /** The first key that is no cap; it caps nothing until it is mended. */
  readonly invalidKey?: string;
}

export const uncapped: SecretCaps = { partitions: Infinity, replicas: Infinity, dispatcherReplicas: Infinity, dispatcherResources: {} };

export function secretCaps(secret: Secret): SecretCaps {
  const data = secretData(secret);
  const counts = ['partitions.max', 'replicas.max', 'dispatcher.replicas.max'].map((key) => ({ key, cap: count(data, key) }));
  const quantities = (['cpu', 'memory'] as const).map((resource) => ({ resource, key: `dispatcher.${resource}.max`, text: data.get(`dispatcher.${resource}.max`)?.trim() }));
  const invalid = [...counts.filter(({ cap }) => cap === undefined), ...quantities.filter(({ text }) => text !== undefined && !parseQuantity(text))];
  const [partitions = Infinity, replicas = Infinity, dispatcherReplicas = Infinity] = counts.map(({ cap }) => cap);
  const dispatcherResources = Object.fromEntries(quantities.filter(({ text }) => text !== undefined && parseQuantity(text)).map(({ resource, text }) => [resource, text]));
  return { partitions, replicas, dispatcherReplicas, dispatcherResources, ...(invalid[0] && { invalidKey: invalid[0].key }) };
}

/** Infinity without the key; undefined for what is no whole number over 0. */
function count(data: SecretData, key: string): number | undefined {
  const text = data.get(key)?.trim();
  if (text === undefined) return Infinity;
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

/** Partitions never become fewer, and copies are fixed. */
const again = 'make the channel again with less';
const lower = 'ask for less';

/** What a channel asks for beyond the caps of a Secret; undefined where it is within all of them. */
export function capFault(secretName: string, caps: SecretCaps, { spec }: KafkaChannel): Fault | undefined {
  if (caps.invalidKey) return { reason: 'KafkaSecretInvalid', message: `Secret "${secretName}": key "${caps.invalidKey}": not a number over 0: mend it, or leave it out` };
  const counts = [
    { field: 'numPartitions', asked: spec.numPartitions, cap: caps.partitions, key: 'partitions.max', remedy: again },
    { field: 'replicationFactor', asked: spec.replicationFactor, cap: caps.replicas, key: 'replicas.max', remedy: again },
    { field: 'dispatcher.replicas', asked: spec.dispatcher?.replicas ?? 1, cap: caps.dispatcherReplicas, key: 'dispatcher.replicas.max', remedy: lower },
  ].filter(({ asked, cap }) => asked > cap);
  const { requests, limits } = spec.dispatcher?.resources ?? {};
  const quantities = Object.entries(caps.dispatcherResources).flatMap(([resource, cap]) =>
    [{ field: 'limits', asked: limits }, { field: 'requests', asked: requests }]
      .filter(({ asked }) => exceeds(asked?.[resource as 'cpu' | 'memory'], cap))
      .map(({ field }) => ({ field: `dispatcher.resources.${field}.${resource}`, cap, key: `dispatcher.${resource}.max`, remedy: lower })),
  );
  const [first] = [...counts, ...quantities];
  return first && { reason: 'CapExceeded', message: `Secret "${secretName}" lets channels have a spec.${first.field} of ${first.cap} at most: ${first.remedy}, or have key "${first.key}" raised` };
}

/** What cannot be read exceeds any cap. */
export function exceeds(asked: string | number | undefined, cap: string | number): boolean {
  return asked !== undefined && (parseQuantity(asked) ?? Infinity) > (parseQuantity(cap) ?? Infinity);
}
