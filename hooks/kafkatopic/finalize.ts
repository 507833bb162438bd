import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import type { HookDependencies } from '../dependencies.ts';
import { timestamp } from '../dependencies.ts';
import { secretOfKafkaObject } from '../kafka-object-secret.ts';
import type { Fault, Secret } from '../kafka-secret.ts';
import { isFault } from '../kafka-secret.ts';
import { troubleOf } from '../kafka-trouble.ts';
import type { Kafka } from '../kafka/kafka-admin.ts';
import { KafkaError } from '../kafka/kafka-error.ts';
import type { CompositeAnswer, CompositeRequest } from '../metacontroller.ts';
import { storedKafkaTopic } from '../stored-kafka-object.ts';
import { deletingForMs, finalizeRetrySeconds, leftover, unreachableLimitMs } from '../release.ts';
import { isDeletedWithObject } from '../topic-spec.ts';
import { isOurs } from './plan.ts';
import { faultyTopicStatus } from './status.ts';

/** A KafkaTopic that is being deleted: its topic goes with it where it is ours. A Kafka that is gone for good holds nothing up for long. */
export async function finalizeKafkaTopic(request: CompositeRequest<KafkaTopic>, { config, kafka, logger, now }: HookDependencies): Promise<CompositeAnswer> {
  const { object: parent, fault: unreadable } = storedKafkaTopic(request.parent);
  const { related } = request;
  const status = parent.status as KafkaTopic['status'] | undefined;
  const released = { ...(status && { status }), children: [], finalized: true };
  if (unreadable || !isDeletedWithObject(parent.spec) || parent.metadata.namespace !== config.systemNamespace) return released;
  const secret = secretOfKafkaObject(parent, related, config);
  const fault = isFault(secret) ? secret : await deleteTopic(parent, secret, kafka);
  if (!fault) return released;
  const time = timestamp(now());
  if (deletingForMs(parent.metadata, time) < unreachableLimitMs) {
    return { status: faultyTopicStatus(parent, { reason: 'Deleting', message: leftover(`topic "${parent.spec.topicName}"`, fault) }, time), children: [], finalized: false, resyncAfterSeconds: finalizeRetrySeconds };
  }
  logger.warn({ topic: parent.spec.topicName, kafkaSecret: parent.spec.kafkaSecret, reason: fault.reason }, 'left a topic behind on Kafka: its KafkaTopic is gone; delete it by hand if it is not wanted');
  return released;
}

async function deleteTopic(object: KafkaTopic, secret: Secret, kafka: Kafka): Promise<Fault | undefined> {
  try {
    await kafka.use(secret, async (admin, signal) => {
      const seen = await admin.topic(object.spec.topicName);
      signal.throwIfAborted();
      if (seen && isOurs(object, seen.id)) await admin.deleteTopic(object.spec.topicName);
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    return error.trouble === 'topic-missing' ? undefined : troubleOf(error);
  }
}
