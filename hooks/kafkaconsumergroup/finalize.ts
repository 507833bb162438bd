import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { HookDependencies } from '../dependencies.ts';
import { timestamp } from '../dependencies.ts';
import { secretOfKafkaObject } from '../kafka-object-secret.ts';
import type { Fault, Secret } from '../kafka-secret.ts';
import { isFault } from '../kafka-secret.ts';
import { troubleOf } from '../kafka-trouble.ts';
import type { Kafka } from '../kafka/kafka-admin.ts';
import { KafkaError } from '../kafka/kafka-error.ts';
import type { CompositeAnswer, CompositeRequest } from '../metacontroller.ts';
import { storedKafkaConsumerGroup } from '../stored-kafka-object.ts';
import { deletingForMs, finalizeRetrySeconds, leftover, membersLimitMs, unreachableLimitMs } from '../release.ts';
import { faultyGroupStatus } from './status.ts';

/** A KafkaConsumerGroup that is being deleted: the group goes when its members have left, unless it is to be retained. Nothing is held up for ever. */
export async function finalizeKafkaConsumerGroup(request: CompositeRequest<KafkaConsumerGroup>, { config, kafka, logger, now }: HookDependencies): Promise<CompositeAnswer> {
  const { object: parent, fault: unreadable } = storedKafkaConsumerGroup(request.parent);
  const { related } = request;
  const status = parent.status as KafkaConsumerGroup['status'] | undefined;
  const released = { ...(status && { status }), children: [], finalized: true };
  const stays = unreadable !== undefined || parent.spec.deletionPolicy === 'Retain';
  if (stays || parent.metadata.namespace !== config.systemNamespace) return released;
  const secret = secretOfKafkaObject(parent, related, config);
  const fault = isFault(secret) ? secret : await deleteGroup(parent.spec.group, secret, kafka);
  if (!fault) return released;
  const time = timestamp(now());
  const limitMs = fault.reason === 'GroupActive' ? membersLimitMs : unreachableLimitMs;
  if (deletingForMs(parent.metadata, time) < limitMs) {
    return { status: faultyGroupStatus(parent, { reason: 'Deleting', message: leftover(`consumer group "${parent.spec.group}"`, fault) }, time), children: [], finalized: false, resyncAfterSeconds: finalizeRetrySeconds };
  }
  logger.warn({ group: parent.spec.group, kafkaSecret: parent.spec.kafkaSecret, reason: fault.reason }, 'left a consumer group behind on Kafka: its KafkaConsumerGroup is gone; Kafka drops it when its offsets expire');
  return released;
}

async function deleteGroup(group: string, secret: Secret, kafka: Kafka): Promise<Fault | undefined> {
  try {
    await kafka.use(secret, (admin) => admin.deleteGroup(group));
    return undefined;
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return error.trouble === 'group-missing' ? undefined : troubleOf(error);
  }
}
