import type { ObservedTopic } from './gather.ts';
import type { TopicPlan } from './plan.ts';

/** How long Kafka keeps the events of a topic once what is planned is done, in seconds; undefined where it is for ever, or not known. */
export function retentionSeconds(seen: ObservedTopic | undefined, plan: TopicPlan): number | undefined {
  const settings = settingsAfter(seen, plan);
  const policies = (settings.get('cleanup.policy') ?? 'delete').split(',').map((policy) => policy.trim());
  const ms = Number(settings.get('retention.ms') ?? NaN);
  return policies.includes('delete') && ms >= 0 ? ms / 1000 : undefined;
}

/** Null is the broker's, which is not known. */
function settingsAfter(seen: ObservedTopic | undefined, { create, changes }: TopicPlan): ReadonlyMap<string, string | null> {
  const before = [...(seen?.settings ?? [])].map(([name, { value }]) => [name, value] as const);
  return new Map([...before, ...Object.entries(create?.config ?? {}), ...changes.map(({ name, value }) => [name, value] as const)]);
}
