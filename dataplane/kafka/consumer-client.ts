import { Consumer } from '@platformatic/kafka';
import type { GroupProtocolsMetadataCallback } from '@platformatic/kafka';
import { setTimeout as delay } from 'node:timers/promises';

import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import { clientOptions } from './client-options.ts';

export type KafkaConsumer = Consumer;

export interface ConsumerClientOptions {
  readonly connection: KafkaConnection;
  readonly clientId: string;
  readonly group: string;
  readonly topic: string;
}

/** A member that has said nothing for this long is out of its group. */
export const sessionTimeoutMs = 10_000;
const heartbeatIntervalMs = 2000;
/** Time that members have to come back for a new generation. */
export const rebalanceTimeoutMs = 20_000;
/** Longer than the broker may keep a JoinGroup waiting. */
const requestTimeoutMs = 30_000;
const closeTimeoutMs = 5000;

/**
 * A client of one group. It never retries by itself: its retries of a commit join the group anew behind the caller's back,
 * and its retries of a fetch make all partitions wait for one.
 */
export function createConsumerClient(options: ConsumerClientOptions, protocolsMetadata?: GroupProtocolsMetadataCallback): KafkaConsumer {
  const consumer = new Consumer({
    ...clientOptions(options.connection, options.clientId),
    groupId: options.group,
    autocommit: false,
    retries: 0,
    sessionTimeout: sessionTimeoutMs,
    rebalanceTimeout: rebalanceTimeoutMs,
    heartbeatInterval: heartbeatIntervalMs,
    requestTimeout: requestTimeoutMs,
    ...(protocolsMetadata && { protocolsMetadata }),
  });
  consumer.topics.track(options.topic);
  return consumer;
}

/** Leaves the group, if it is in it, and closes every connection, also when the broker does not answer. Never fails. */
export async function closeConsumerClient(consumer: KafkaConsumer): Promise<void> {
  const patience = new AbortController();
  const closing = consumer.close(true).catch(() => undefined);
  await Promise.race([closing, delay(closeTimeoutMs, undefined, { signal: patience.signal, ref: true }).catch(() => undefined)]);
  patience.abort();
  await consumer.connections.close().catch(() => undefined);
}
