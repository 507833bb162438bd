import { expect } from '@jest/globals';

import { eventually } from './eventually.ts';
import type { WitnessedRecord } from './kafkajs.ts';
import type { TestReceiver } from './receiver.ts';
import { eventHeaders } from './receiver.ts';

export interface ReceiverTraffic {
  /** Ids that were answered 202, by sender, in order. */
  readonly acknowledged: ReadonlyMap<number, readonly string[]>;
  /** Ids whose answer says that they are certainly not stored. */
  readonly refused: ReadonlySet<string>;
  /** Answers by status; 0 stands for a broken connection. */
  readonly statuses: ReadonlyMap<number, number>;
  readonly sent: ReadonlySet<string>;
  readonly slowestMs: number;
  count(): number;
  /** Waits until so many more are acknowledged. */
  flows(what: string, more?: number): Promise<void>;
  stop(): Promise<void>;
}

const certain = [400, 404, 405, 413, 415, 429];

/** Senders that send one event after the other until they are stopped; half of them with a key of their own. */
export function receiverTraffic(receiver: Pick<TestReceiver, 'post'>, path: string, senders = 12, size = 1): ReceiverTraffic {
  const acknowledged = new Map<number, string[]>();
  const statuses = new Map<number, number>();
  const refused = new Set<string>();
  const sent = new Set<string>();
  const stopped = new AbortController();
  const body = 'x'.repeat(size);
  let slowestMs = 0;
  const running = Array.from({ length: senders }, async (_none, sender) => {
    const own: string[] = [];
    acknowledged.set(sender, own);
    for (let i = 0; !stopped.signal.aborted; i += 1) {
      const id = `${sender}-${i}`;
      sent.add(id);
      const start = performance.now();
      const answer = await receiver.post(path, eventHeaders(id, sender % 2 === 0 ? { 'ce-subject': `sender-${sender}` } : {}), body).catch(() => undefined);
      slowestMs = Math.max(slowestMs, performance.now() - start);
      const status = answer?.status ?? 0;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 202) own.push(id);
      if (certain.includes(status)) refused.add(id);
      if (status === 503) expect(answer?.headers.get('retry-after')).toBe('2');
    }
  });
  const count = (): number => [...acknowledged.values()].reduce((sum, own) => sum + own.length, 0);
  return {
    acknowledged,
    refused,
    statuses,
    sent,
    get slowestMs() {
      return slowestMs;
    },
    count,
    flows: async (what, more = 200) => {
      const before = count();
      await eventually(`events flow: ${what}`, () => count() > before + more, 60_000, () => Object.fromEntries(statuses));
    },
    stop: async () => {
      stopped.abort();
      await Promise.all(running);
    },
  };
}

/** What is wrong with a topic after traffic to it, a line each: something acknowledged is missing (K1), something is there that was refused or never sent (K2), twice (K3), or out of the order in which it was acknowledged (K5). */
export function wrongInTopic({ acknowledged, refused, sent }: Pick<ReceiverTraffic, 'acknowledged' | 'refused' | 'sent'>, records: readonly Pick<WitnessedRecord, 'partition' | 'headers'>[]): string[] {
  const wrong: string[] = [];
  const places = new Map<string, number>();
  for (const [place, { headers }] of records.entries()) {
    const id = headers['ce_id'] ?? '';
    if (places.has(id)) wrong.push(`K3: ${id} is stored twice`);
    if (refused.has(id) || !sent.has(id)) wrong.push(`K2: ${id} was ${refused.has(id) ? 'refused' : 'never sent'}, and is stored`);
    places.set(id, place);
  }
  for (const [sender, ids] of acknowledged) {
    const missing = ids.filter((id) => !places.has(id));
    if (missing.length > 0) wrong.push(`K1: acknowledged and missing: ${missing.slice(0, 5).join()} and ${Math.max(0, missing.length - 5)} more`);
    if (sender % 2 !== 0) continue;
    const found = ids.map((id) => places.get(id)).filter((place) => place !== undefined);
    if (found.some((place, index) => place < (found[index - 1] ?? -1))) wrong.push(`K5: sender ${sender}: out of order`);
  }
  return wrong;
}
