import type { DeliverySpec, DispatcherFile, SubscriptionSpec } from '../../contract/dispatcher-file.ts';
import { groupId } from '../../contract/names.ts';

const channel = { namespace: 'tenant', name: 'orders' };

/** A subscription with defaults: three retries, 20 ms apart. */
export function aSubscription(uid: string, more: Partial<Omit<SubscriptionSpec, 'delivery'>> & { delivery?: Partial<DeliverySpec> } = {}): SubscriptionSpec {
  const { delivery, ...rest } = more;
  return {
    uid,
    name: `name-of-${uid}`,
    group: groupId(channel, `${uid}-${crypto.randomUUID()}`),
    deliveryOrder: 'ordered',
    maxInFlight: 64,
    ...rest,
    delivery: { retry: 3, backoffPolicy: 'linear', backoffDelayMs: 20, timeoutMs: 10_000, format: 'binary', ...delivery },
  };
}

export function aDispatcherFile(topic: string, ...subscriptions: SubscriptionSpec[]): DispatcherFile {
  return { channel, topic, subscriptions };
}
