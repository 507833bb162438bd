import type { KafkaAdmin, TopicOnBroker } from '../kafka/kafka-admin.ts';
import type { TopicPlan } from './plan.ts';

/** Does what is planned for a topic; the topic as it is then, or undefined where there is none. */
export async function actOnTopic(admin: KafkaAdmin, name: string, plan: TopicPlan, seen: TopicOnBroker | undefined): Promise<TopicOnBroker | undefined> {
  if (plan.create) return { id: await admin.createTopic(plan.create), partitions: plan.create.partitions };
  if (plan.grow !== undefined) await admin.growTopic(name, plan.grow);
  if (plan.changes.length > 0) await admin.changeTopicSettings(name, plan.changes);
  return seen && { id: seen.id, partitions: plan.grow ?? seen.partitions };
}
