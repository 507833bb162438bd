import type { KafkaChannel, Subscriber } from '../contract/generated/kafkachannel.ts';
import { groupId, groupIdByName } from '../contract/names.ts';

/** A subscriber and its consumer group; without one where another subscriber, listed before, has a group of that name. */
export interface SubscriberGroup {
  readonly subscriber: Subscriber;
  readonly group: string | undefined;
}

/** Whether groups are named by Subscriptions. Then they outlive these: a Subscription that is deleted and applied again goes on where it was. */
export function groupsOutliveSubscriptions({ spec }: KafkaChannel): boolean {
  return spec.dispatcher?.groupIdFrom === 'name';
}

/** The subscribers of a channel in the order of its spec. A uid that is listed twice is one subscriber: the first entry counts. */
export function subscriberGroups(channel: KafkaChannel): SubscriberGroup[] {
  const seen = new Set<string>();
  return uniqueByUid(channel.spec.subscribers ?? []).map((subscriber) => {
    const group = groupOf(channel, subscriber);
    const taken = seen.has(group);
    seen.add(group);
    return { subscriber, group: taken ? undefined : group };
  });
}

function groupOf(channel: KafkaChannel, { uid, name }: Subscriber): string {
  const key = { namespace: channel.metadata.namespace ?? '', name: channel.metadata.name };
  const byName = groupsOutliveSubscriptions(channel) && name !== undefined ? groupIdByName(key, name) : undefined;
  return byName ?? groupId(key, uid);
}

function uniqueByUid(subscribers: readonly Subscriber[]): Subscriber[] {
  return [...new Map(subscribers.toReversed().map((subscriber) => [subscriber.uid, subscriber])).values()].reverse();
}
