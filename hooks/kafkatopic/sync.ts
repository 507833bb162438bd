import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import type { ChannelKey } from '../../contract/names.ts';
import { label } from '../../contract/names.ts';
import { conditionNamed } from '../conditions.ts';
import type { HookDependencies } from '../dependencies.ts';
import { timestamp } from '../dependencies.ts';
import { secretOfKafkaObject } from '../kafka-object-secret.ts';
import type { Secret } from '../kafka-secret.ts';
import { isFault } from '../kafka-secret.ts';
import { troubleOf } from '../kafka-trouble.ts';
import type { Kafka } from '../kafka/kafka-admin.ts';
import { KafkaError } from '../kafka/kafka-error.ts';
import type { CompositeAnswer, CompositeRequest } from '../metacontroller.ts';
import { storedKafkaTopic } from '../stored-kafka-object.ts';
import { secretLimits } from '../secret-limits.ts';
import { actOnTopic } from './act.ts';
import { gatherTopic } from './gather.ts';
import { planTopic } from './plan.ts';
import { retentionSeconds } from './retention.ts';
import type { TopicOutcome } from './status.ts';
import { faultyTopicStatus, topicStatus } from './status.ts';

/** A KafkaTopic -> the topic on the broker: asked about, planned for, made so. */
export async function syncKafkaTopic(request: CompositeRequest<KafkaTopic>, { config, kafka, now, retentions }: HookDependencies): Promise<CompositeAnswer> {
  const { object: parent, fault } = storedKafkaTopic(request.parent);
  const { related } = request;
  const secret = fault ?? secretOfKafkaObject(parent, related, config);
  if (isFault(secret)) return { status: faultyTopicStatus(parent, secret, timestamp(now())), children: [] };
  try {
    const outcome = await realiseTopic(parent, secret, kafka);
    const channel = channelOf(parent);
    if (channel) retentions?.tell(channel, outcome.retentionSeconds);
    const resyncAfterSeconds = isOldNews(parent, outcome) ? undefined : resyncSeconds[outcome.origin];
    return { status: topicStatus(parent, outcome, timestamp(now())), children: [], ...(resyncAfterSeconds !== undefined && { resyncAfterSeconds }) };
  } catch (error) {
    if (!(error instanceof KafkaError)) throw error;
    const { resyncAfterSeconds, ...fault } = troubleOf(error);
    return { status: faultyTopicStatus(parent, fault, timestamp(now())), children: [], resyncAfterSeconds };
  }
}

/** Undefined where the topic was made by hand. */
function channelOf({ metadata: { labels = {} } }: KafkaTopic): ChannelKey | undefined {
  const { [label.channelNamespace]: namespace, [label.channel]: name } = labels;
  return namespace !== undefined && name !== undefined ? { namespace, name } : undefined;
}

const resyncSeconds: Readonly<Partial<Record<TopicOutcome['origin'], number>>> = { found: 2, missing: 30, creating: 1 };

/** A topic that is found may be one that is being deleted, of which a broker has not heard yet: it is looked at once more. */
function isOldNews({ status }: { readonly status?: KafkaTopic['status'] }, { origin }: TopicOutcome): boolean {
  return origin === 'found' && conditionNamed(status?.conditions, 'Ready')?.reason === 'TopicFound';
}

/** Asked for, and no answer: the topic may be there. The next sync takes it for ours. */
const outcomeUnknown = new Set(['unreachable', 'busy']);

async function realiseTopic(object: KafkaTopic, secret: Secret, kafka: Kafka): Promise<TopicOutcome> {
  const progress = { creating: false };
  try {
    return await kafka.use(secret, async (admin, signal) => {
      const seen = await gatherTopic(admin, object.spec);
      const plan = planTopic(object, seen, secretLimits(secret).topicConfig);
      signal.throwIfAborted();
      progress.creating = plan.create !== undefined;
      return { origin: plan.origin, topic: await actOnTopic(admin, object.spec.topicName, plan, seen), retentionSeconds: retentionSeconds(seen, plan) };
    });
  } catch (error) {
    if (progress.creating && error instanceof KafkaError && outcomeUnknown.has(error.trouble)) return { origin: 'creating', topic: undefined };
    throw error;
  }
}
