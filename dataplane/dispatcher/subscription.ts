import type { SubscriptionSpec } from '../../contract/dispatcher-file.ts';
import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import type { Logger } from '../../runtime/log.ts';
import { startFetchLoop } from '../kafka/fetch-loop.ts';
import { joinGroup } from '../kafka/group-member.ts';
import { systemClock } from './clock.ts';
import { Delivery } from './deliver.ts';
import { deliveryLog } from './delivery-log.ts';
import type { FetchBudget } from './fetch-budget.ts';
import type { HttpClient } from './http/http-client.ts';
import type { DispatcherMetrics } from './metrics.ts';
import type { ReplyRoom } from './reply-room.ts';
import { SubscriptionLoop } from './subscription-loop.ts';

export interface SubscriptionOptions {
  readonly channel: { readonly namespace: string; readonly name: string };
  readonly topic: string;
  readonly spec: SubscriptionSpec;
  readonly connection: KafkaConnection;
  readonly client: HttpClient;
  readonly budget: FetchBudget;
  readonly replyRoom: ReplyRoom;
  readonly metrics: DispatcherMetrics;
  readonly log: Logger;
  /** Time that attempts under way have when it is stopped. */
  readonly drainMs: number;
}

export interface RunningSubscription {
  /** Why it does not read everything that it should, in a few words; undefined where it does. */
  readonly unread: string | undefined;
  /** Why only another process may help, in a few words; undefined where this one does its work, or Kafka hinders it. */
  readonly stuck: string | undefined;
  /** Starts nothing more, waits for what is under way, for `limitMs` at most, commits, leaves the group. */
  stop(limitMs?: number): Promise<void>;
}

/** A subscription on Kafka, with the clock of the system. */
export function startSubscription({ channel, topic, spec, connection, client, drainMs, ...options }: SubscriptionOptions): RunningSubscription {
  const of = { channel: `${channel.namespace}/${channel.name}`, subscription: spec.name, subscriptionUid: spec.uid };
  const log = options.log.child(of);
  const metrics = options.metrics.subscription({ namespace: channel.namespace, channel: channel.name, subscription: spec.name });
  const budget = options.budget.ofSubscription();
  const delivery = new Delivery({ spec, namespace: channel.namespace, client, replyRoom: options.replyRoom.ofSubscription(budget), log: deliveryLog(options.log, of), metrics, random: Math.random });
  const kafka = { connection, clientId: 'kafkachannel-dispatcher', group: spec.group, topic, log };
  return new SubscriptionLoop({
    spec, delivery, budget, metrics, log, drainMs,
    clock: systemClock,
    join: (listener) => joinGroup(kafka, listener),
    fetch: (listener) => startFetchLoop({ ...kafka, ...listener }),
  });
}
