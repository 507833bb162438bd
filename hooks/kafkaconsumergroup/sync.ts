import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { HookDependencies } from '../dependencies.ts';
import { timestamp } from '../dependencies.ts';
import { secretOfKafkaObject } from '../kafka-object-secret.ts';
import { isFault } from '../kafka-secret.ts';
import { troubleOf } from '../kafka-trouble.ts';
import { KafkaError } from '../kafka/kafka-error.ts';
import type { CompositeAnswer, CompositeRequest } from '../metacontroller.ts';
import { storedKafkaConsumerGroup } from '../stored-kafka-object.ts';
import { actOnGroup } from './act.ts';
import { gatherGroup } from './gather.ts';
import { faultyGroupStatus, groupStatus } from './status.ts';

/** The namespace's hook has its dispatcher leave a group that is being reset. */
const membersRetrySeconds = 1;

/** A KafkaConsumerGroup -> a start offset for every partition. Ready says that from now on no event can be missed, whether or not a dispatcher runs yet. */
export async function syncKafkaConsumerGroup(request: CompositeRequest<KafkaConsumerGroup>, { config, kafka, now }: HookDependencies): Promise<CompositeAnswer> {
  const { object: parent, fault } = storedKafkaConsumerGroup(request.parent);
  const secret = fault ?? secretOfKafkaObject(parent, request.related, config);
  if (isFault(secret)) return { status: faultyGroupStatus(parent, secret, timestamp(now())), children: [] };
  try {
    const outcome = await kafka.use(secret, async (admin, signal) => {
      const seen = await gatherGroup(admin, parent, now().getTime());
      signal.throwIfAborted();
      return await actOnGroup(admin, parent, seen);
    });
    return { status: groupStatus(parent, outcome, timestamp(now())), children: [], ...(outcome.resetting !== undefined && { resyncAfterSeconds: membersRetrySeconds }) };
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    const { resyncAfterSeconds, ...fault } = troubleOf(error);
    return { status: faultyGroupStatus(parent, fault, timestamp(now())), children: [], resyncAfterSeconds };
  }
}
