import type { ObjectMeta } from '../contract/object-meta.ts';
import { label } from '../contract/names.ts';
import type { HooksConfig } from './config.ts';
import type { Fault, Secret } from './kafka-secret.ts';
import { connectionOf, isFault, isKafkaSecret } from './kafka-secret.ts';
import type { CustomizeAnswer, ObjectGroups } from './metacontroller.ts';
import { demandObserved, observedNamed } from './observed.ts';

/** What a KafkaTopic and a KafkaConsumerGroup have in common. */
export interface KafkaObject {
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly spec: { readonly kafkaSecret: string };
}

/** Nothing is read for an object that does not count. */
export function customizeKafkaObject({ metadata, spec }: KafkaObject, { systemNamespace }: HooksConfig): CustomizeAnswer {
  if (metadata.namespace !== systemNamespace || !spec.kafkaSecret) return { relatedResources: [] };
  return { relatedResources: [{ apiVersion: 'v1', resource: 'secrets', namespace: systemNamespace, names: [spec.kafkaSecret] }] };
}

/** The Secret that says which Kafka an object is on, or why there is none. T5: objects outside the system namespace do not count. */
export function secretOfKafkaObject({ kind, metadata, spec }: KafkaObject, related: ObjectGroups | null, { systemNamespace }: HooksConfig): Secret | Fault {
  if (metadata.namespace !== systemNamespace) {
    return { reason: 'WrongNamespace', message: `a ${kind} counts in namespace "${systemNamespace}" only: delete this one` };
  }
  demandObserved(related, 'Secret');
  const secret = observedNamed(related, 'Secret', systemNamespace, spec.kafkaSecret);
  if (!secret || !isKafkaSecret(secret)) {
    return { reason: 'KafkaSecretMissing', message: `no Secret "${spec.kafkaSecret}" with label ${label.kafkaSecret}=true in namespace "${systemNamespace}": make it` };
  }
  const connection = connectionOf(secret);
  return isFault(connection) ? connection : secret;
}
