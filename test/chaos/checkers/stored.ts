import type { History, Send, StoredRecord } from '../history.ts';
import { eventOf } from '../history.ts';
import type { Violation } from './violation.ts';

/** K1: every acknowledged event is in the topic; one that was acknowledged before the topic was another is in one of the two, where it is known what the other held. */
export function acknowledgedIsStored({ sends, stored, deleted, lossAllowedBefore = -Infinity }: History): Violation[] {
  const ids = new Set(stored.map(({ id }) => id));
  const deletedIds = deleted && new Set(deleted.map(({ id }) => id));
  const mayBeGone = ({ id, returnedAt }: Send): boolean => returnedAt < lossAllowedBefore && (deletedIds?.has(id) ?? true);
  return sends
    .filter((send) => send.outcome === 'ok' && !ids.has(send.id) && !mayBeGone(send))
    .map(({ id }) => ({ check: 'K1', kind: 'lost', what: `${id} was acknowledged and is not in the topic`, event: eventOf(id) }));
}

/** K2: nothing is in the topic that was not sent, or that was refused. */
export function nothingIsMadeUp({ sends, stored }: History): Violation[] {
  const outcomes = new Map(sends.map(({ id, outcome }) => [id, outcome]));
  return stored.flatMap(({ id }): Violation[] => {
    const outcome = outcomes.get(id);
    if (outcome === undefined) return [{ check: 'K2', kind: 'other', what: `${id} is in the topic and was never sent` }];
    return outcome === 'fail' ? [{ check: 'K2', kind: 'other', what: `${id} is in the topic though it was refused` }] : [];
  });
}

/** K3: an attempt to send is in the topic once at most; a sender's own repetition is another attempt. */
export function storedOnce({ stored }: History): Violation[] {
  const seen = new Map<string, StoredRecord>();
  const twice: Violation[] = [];
  for (const record of stored) {
    const first = seen.get(record.id);
    if (first) twice.push({ check: 'K3', kind: 'duplicate', what: `${record.id} is in the topic twice: ${place(first)} and ${place(record)}` });
    else seen.set(record.id, record);
  }
  return twice;
}

/** K4: what is stored and what is delivered has the bytes that were sent. */
export function bytesAreKept({ sends, stored, deliveries }: History): Violation[] {
  const digests = new Map(sends.map(({ id, digest }) => [id, digest]));
  const differs = ({ id, digest }: { id: string; digest: string }): boolean => digests.has(id) && digests.get(id) !== digest;
  const attempts = deliveries.filter(({ to }) => to === 'subscriber');
  return [
    ...stored.filter(differs).map((record) => ({ check: 'K4', kind: 'other', what: `${record.id} is stored with other bytes (${place(record)})` }) as const),
    ...attempts.filter(differs).map(({ id, subscription }) => ({ check: 'K4', kind: 'other', what: `${id} came to ${subscription} with other bytes` }) as const),
  ];
}

/** K5: of one key, what was acknowledged before another was sent lies before it in the same partition. */
export function sendOrderIsKept({ sends, stored }: History): Violation[] {
  const places = new Map(stored.toReversed().map((record) => [record.id, record]));
  const byKey = Map.groupBy(sends.filter(({ key, outcome, id }) => key !== undefined && outcome === 'ok' && places.has(id)), ({ key }) => key);
  return [...byKey.values()].flatMap((ofKey) => inversionsOf(ofKey, places));
}

function inversionsOf(sends: readonly Send[], places: ReadonlyMap<string, StoredRecord>): Violation[] {
  const called = sends.toSorted((a, b) => a.calledAt - b.calledAt);
  const returned = sends.toSorted((a, b) => a.returnedAt - b.returnedAt);
  const found: Violation[] = [];
  let before = 0;
  /** The last, by position, of what had been acknowledged. */
  let highest: StoredRecord | undefined;
  for (const send of called) {
    for (let earlier = returned[before]; earlier && earlier.returnedAt < send.calledAt; earlier = returned[before]) {
      const record = places.get(earlier.id);
      if (record && (!highest || record.partition !== highest.partition || record.offset > highest.offset)) highest = record;
      before += 1;
    }
    const record = places.get(send.id);
    if (!record || !highest) continue;
    if (record.partition !== highest.partition) found.push({ check: 'K5', kind: 'inversion', what: `${send.id} (${place(record)}) has the key of ${highest.id} (${place(highest)})`, event: eventOf(send.id) });
    else if (record.offset < highest.offset) found.push({ check: 'K5', kind: 'inversion', what: `${send.id} (${place(record)}) was sent after ${highest.id} (${place(highest)}) was acknowledged`, event: eventOf(send.id) });
  }
  return found;
}

function place({ partition, offset }: StoredRecord): string {
  return `partition ${partition}, offset ${offset}`;
}
