import { randomBytes } from 'node:crypto';

import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import type { Delivery } from './events/delivery.ts';
import type { Recipient } from './events/delivery-log.ts';
import { sendSample } from './events/sample-event.ts';
import type { Started } from './start.ts';

/** An event that has not reached somebody: who, why, and whether waiting was all that was wrong. */
export interface Miss {
  readonly recipient: string;
  readonly why: string;
  readonly timedOut: boolean;
  readonly channel: string;
  /** The subscriber's; undefined where the channel itself did not take the event. */
  readonly uid?: string;
  /** Whether an attempt was made. */
  readonly asked: boolean;
}

/** Sends one event to each channel and waits until every subscriber has it. Settles with those that have not. */
export async function sampleEvents({ store, cluster, deliveries }: Started, limitMs: number, signal: AbortSignal, say: (busyWith: string) => void): Promise<{ reached: number; misses: Miss[] }> {
  const over = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const expected: { eventId: string; recipient: Recipient }[] = [];
  const misses: Miss[] = [];
  for (const channel of store.list('messaging.knative.dev/v1', 'KafkaChannel') as unknown as KafkaChannelObject[]) {
    const name = `${channel.metadata.namespace ?? ''}/${channel.metadata.name}`;
    const eventId = `sample-${randomBytes(4).toString('hex')}`;
    say(`sending ${eventId} to ${name}`);
    const refusal = await sendSample(cluster.channelUrl({ namespace: channel.metadata.namespace ?? '', name: channel.metadata.name }) ?? '', eventId, over);
    if (refusal !== undefined) misses.push({ recipient: `channel ${name}`, why: refusal, timedOut: false, channel: name, asked: false });
    else expected.push(...(channel.spec.subscribers ?? []).map(({ uid, name: subscription = uid }) => ({ eventId, recipient: { channel: name, subscription, uid } })));
  }
  say('waiting for it to arrive');
  if (misses.length === 0) await deliveries.settled(expected, over);
  const missed = expected.map(({ eventId, recipient }) => missOf(recipient, deliveries.last(eventId, recipient))).filter((miss) => miss !== undefined);
  return { reached: expected.length - missed.length, misses: [...misses, ...missed] };
}

function missOf({ channel, subscription, uid }: Recipient, last: Delivery | undefined): Miss | undefined {
  const recipient = `${subscription} of channel ${channel}`;
  if (!last) return { recipient, why: 'no attempt was seen', timedOut: true, channel, uid, asked: false };
  if (last.outcome === 'delivered') return undefined;
  const why = last.error ?? `it answered ${last.status ?? 'nothing'}`;
  return { recipient, why: `attempt ${last.attempt}: ${why}`, timedOut: last.outcome === 'retrying', channel, uid, asked: true };
}

type KafkaChannelObject = Pick<KafkaChannel, 'spec'> & { metadata: { namespace?: string; name: string } };
