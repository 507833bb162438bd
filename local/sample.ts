import { randomBytes } from 'node:crypto';

import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
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
    const refusal = await sendSample(`${cluster.receiverUrl() ?? ''}/${name}`, eventId, over);
    if (refusal !== undefined) misses.push({ recipient: `channel ${name}`, why: refusal, timedOut: false, channel: name, asked: false });
    else expected.push(...(channel.spec.subscribers ?? []).map(({ uid, name: subscription = uid }) => ({ eventId, recipient: { channel: name, subscription, uid } })));
  }
  say('waiting for it to arrive');
  if (misses.length === 0) await deliveries.settled(expected, over);
  for (const { eventId, recipient } of expected) {
    const last = deliveries.last(eventId, recipient);
    if (last?.outcome === 'delivered') continue;
    const why = last ? `attempt ${last.attempt}: ${last.error ?? `it answered ${last.status ?? 'nothing'}`}` : 'no attempt was seen';
    misses.push({ recipient: `${recipient.subscription} of channel ${recipient.channel}`, why, timedOut: last === undefined || last.outcome === 'retrying', channel: recipient.channel, uid: recipient.uid, asked: last !== undefined });
  }
  return { reached: expected.length - misses.length, misses };
}

type KafkaChannelObject = Pick<KafkaChannel, 'spec'> & { metadata: { namespace?: string; name: string } };
