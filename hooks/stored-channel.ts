import type { KafkaChannel, Subscriber } from '../contract/generated/kafkachannel.ts';
import type { Fault } from './kafka-secret.ts';
import type { Schema } from './stored-object.ts';
import { fits, fitted, schemaOf } from './stored-object.ts';

export interface StoredChannel {
  readonly channel: KafkaChannel;
  /** What of the stored object is not as its schema says today. */
  readonly fault: Fault | undefined;
}

const whole = schemaOf('KafkaChannel');
const specSchema = schemaOf('KafkaChannel', 'spec');
const statusSchema = schemaOf('KafkaChannel', 'status');
/** A text that is longer, or no duration, is told by those who read it. */
const deliverySchema = withoutFormOfTexts(schemaOf('KafkaChannel', 'spec', 'delivery'));
const subscriberSchema = withoutFormOfTexts(schemaOf('KafkaChannel', 'spec', 'subscribers', '[]'));
const uidSchema = schemaOf('KafkaChannel', 'spec', 'subscribers', '[]', 'uid');

/** A dead letter sink that is asked for and has no address: nothing is delivered without it. */
const unreadableDelivery = { deadLetterSink: { ref: {} } };

/**
 * A channel as it is stored, which may be older than the schema of today: what does not fit it is left out, and told.
 * A subscriber or a delivery that does not fit is never served by halves: it keeps its group and its offsets, and nothing is delivered.
 */
export function storedChannel(object: KafkaChannel): StoredChannel {
  if (hasSpec(object) && fits(object, whole)) return { channel: object, fault: undefined };
  const faults: string[] = [];
  const { subscribers, delivery, ...rest } = specOf(object);
  const spec: KafkaChannel['spec'] = {
    ...(fitted(rest, specSchema, 'spec', faults) as KafkaChannel['spec']),
    ...(delivery !== undefined && { delivery: readDelivery(delivery, faults) }),
    ...(subscribers !== undefined && { subscribers: readSubscribers(subscribers, faults) }),
  };
  const status = fitted((object as { status?: unknown }).status ?? {}, statusSchema, 'status', []) as KafkaChannel['status'];
  const [first] = faults;
  return { channel: { ...object, spec, status }, fault: first === undefined ? undefined : { reason: 'SpecInvalid', message: `${first} is not as "kubectl explain" has it: mend it` } };
}

/** Its defaults are filled in by the API server, and were there when it was stored, or were not yet. */
function hasSpec(object: KafkaChannel): boolean {
  return specOf(object)['numPartitions'] !== undefined;
}

function specOf({ spec }: { spec?: unknown }): Record<string, unknown> {
  return typeof spec === 'object' && spec !== null && !Array.isArray(spec) ? (spec as Record<string, unknown>) : {};
}

type Delivery = NonNullable<KafkaChannel['spec']['delivery']>;

function readDelivery(delivery: unknown, faults: string[]): Delivery {
  if (fits(delivery, deliverySchema)) return delivery as Delivery;
  faults.push('spec.delivery');
  return unreadableDelivery;
}

function readSubscribers(subscribers: unknown, faults: string[]): Subscriber[] {
  if (!Array.isArray(subscribers)) {
    faults.push('spec.subscribers');
    return [];
  }
  return subscribers.flatMap((subscriber: unknown, index) => {
    if (fits(subscriber, subscriberSchema) && fits((subscriber as Subscriber).uid, uidSchema)) return [subscriber as Subscriber];
    faults.push(`spec.subscribers[${index}]`);
    return identity(subscriber);
  });
}

/** What a group is named by; nothing where not even that can be read. */
function identity(subscriber: unknown): Subscriber[] {
  const { uid, name, generation } = (subscriber ?? {}) as Record<string, unknown>;
  if (uid === undefined || !fits(uid, uidSchema)) return [];
  return [{ uid: uid as string, ...(typeof name === 'string' && { name }), ...(typeof generation === 'number' && { generation }) }];
}

function withoutFormOfTexts(schema: Schema): Schema {
  const entries = Object.entries(schema).filter(([key, value]) => !(['pattern', 'maxLength'].includes(key) && typeof value !== 'object'));
  return Object.fromEntries(entries.map(([key, value]) => [key, typeof value === 'object' && value !== null && !Array.isArray(value) && key !== 'default' ? withoutFormOfTexts(value as Schema) : (value as unknown)]));
}
