import type { KafkaConsumerGroup } from '../contract/generated/kafkaconsumergroup.ts';
import type { KafkaTopic } from '../contract/generated/kafkatopic.ts';
import type { Fault } from './kafka-secret.ts';
import { fits, fitted, schemaOf, withDefaults } from './stored-object.ts';

export interface StoredKafkaObject<T> {
  readonly object: T;
  /** Why its spec cannot be read; then its spec is not to be. */
  readonly fault: Fault | undefined;
}

export function storedKafkaTopic(object: KafkaTopic): StoredKafkaObject<KafkaTopic> {
  return stored('KafkaTopic', object);
}

export function storedKafkaConsumerGroup(object: KafkaConsumerGroup): StoredKafkaObject<KafkaConsumerGroup> {
  return stored('KafkaConsumerGroup', object);
}

/** A KafkaTopic or KafkaConsumerGroup as it is stored, which may be older than the schema of today. Of its status, what fits is kept. */
function stored<T extends KafkaTopic | KafkaConsumerGroup>(kind: T extends KafkaTopic ? 'KafkaTopic' : 'KafkaConsumerGroup', object: T): StoredKafkaObject<T> {
  const { spec, status }: { spec?: unknown; status?: unknown } = object;
  const statusSchema = schemaOf(kind, 'status');
  const read = status === undefined || fits(status, statusSchema) ? object : { ...object, status: fitted(status, statusSchema, 'status', []) as T['status'] };
  const specSchema = schemaOf(kind, 'spec');
  if (typeof spec === 'object' && spec !== null && fits(spec, specSchema)) return { object: { ...read, spec: withDefaults(spec, specSchema) }, fault: undefined };
  const faults: string[] = [];
  const mended = fitted(spec ?? {}, specSchema, 'spec', faults);
  if (faults.length === 0) return { object: { ...read, spec: mended }, fault: undefined };
  return { object: read, fault: { reason: 'SpecInvalid', message: `${faults[0] ?? 'spec'} is not as "kubectl explain" has it: mend it` } };
}
