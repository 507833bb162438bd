import type { DeliveryAttempt, History, StoredRecord, SubscriptionUnderTest } from '../history.ts';
import { eventOf } from '../history.ts';
import { finishedAt } from './finished.ts';
import type { Violation } from './violation.ts';

/** K6: every record of the topic was accepted by each subscriber, or by its dead letter sink. */
export function storedIsDelivered(history: History): Violation[] {
  return history.subscriptions.flatMap(({ uid }) => {
    const finished = finishedAt(history, uid);
    return history.stored
      .filter(({ id }) => !finished.has(id))
      .map(({ id, partition, offset }) => ({ check: 'K6', kind: 'lost', what: `${id} (partition ${partition}, offset ${offset}) never ended for ${uid}`, event: eventOf(id) }) as const);
  });
}

/** K7: a record's first attempt starts when all before it, in its partition or with its key, are over; and no two attempts of them are open at once. */
export function deliveryOrderIsKept(history: History): Violation[] {
  return history.subscriptions.flatMap((subscription) => {
    if (subscription.order === 'unordered') return [];
    const finished = finishedAt(history, subscription.uid);
    const attempts = Map.groupBy(history.deliveries.filter((one) => one.subscription === subscription.uid && one.to === 'subscriber'), ({ id }) => id);
    return [...lanes(history.stored, subscription).values()].flatMap((lane) => [...startedTooEarly(lane, attempts, finished, subscription.uid), ...overlaps(lane, attempts, subscription.uid)]);
  });
}

/** Records that are one after the other; those without a key have nothing to be after. */
function lanes(stored: readonly StoredRecord[], { order }: SubscriptionUnderTest): Map<string, StoredRecord[]> {
  const first = new Map(stored.toReversed().map((record) => [record.id, record]));
  const inOrder = [...first.values()].sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  return Map.groupBy(inOrder, ({ partition, key, offset }) => (order === 'ordered' ? `${partition}` : `${partition} ${key === undefined ? `none ${offset}` : `key ${key}`}`));
}

type AttemptsById = ReadonlyMap<string, readonly DeliveryAttempt[]>;

function startedTooEarly(lane: readonly StoredRecord[], attempts: AttemptsById, finished: ReadonlyMap<string, number>, subscription: string): Violation[] {
  const found: Violation[] = [];
  let allBeforeOver = -Infinity;
  let last: StoredRecord | undefined;
  for (const record of lane) {
    const early = (attempts.get(record.id) ?? []).find(({ startedAt }) => startedAt < allBeforeOver);
    if (early) found.push({ check: 'K7', kind: 'inversion', what: `${record.id} came to ${subscription} before ${last?.id ?? ''} was over (partition ${record.partition})`, event: eventOf(record.id) });
    const over = finished.get(record.id) ?? Infinity;
    if (over > allBeforeOver) {
      allBeforeOver = over;
      last = record;
    }
  }
  return found;
}

function overlaps(lane: readonly StoredRecord[], attempts: AttemptsById, subscription: string): Violation[] {
  const all = lane.flatMap(({ id }) => attempts.get(id) ?? []).sort((a, b) => a.startedAt - b.startedAt);
  const found: Violation[] = [];
  let open: DeliveryAttempt | undefined;
  for (const attempt of all) {
    if (open && attempt.startedAt < open.endedAt) found.push({ check: 'K8', kind: 'inversion', what: `${attempt.id} came to ${subscription} while ${open.id} was open`, event: eventOf(attempt.id) });
    if (!open || attempt.endedAt > open.endedAt) open = attempt;
  }
  return found;
}

/** K9: no event has more attempts than its budget, and the dead letter sink gets it once. */
export function budgetIsKept({ subscriptions, deliveries }: History): Violation[] {
  return subscriptions.flatMap(({ uid, mostAttempts }) => {
    if (mostAttempts === undefined) return [];
    const byId = Map.groupBy(deliveries.filter(({ subscription }) => subscription === uid), ({ id }) => id);
    return [...byId].flatMap(([id, attempts]) => {
      const tried = attempts.filter(({ to }) => to === 'subscriber').length;
      const buried = attempts.filter(({ to, accepted }) => to === 'dead-letter' && accepted).length;
      return [
        ...(tried > mostAttempts ? [{ check: 'K9', kind: 'other', what: `${id} came to ${uid} ${tried} times, ${mostAttempts} are allowed` } as const] : []),
        ...(buried > 1 ? [{ check: 'K9', kind: 'duplicate', what: `${id} came to the dead letter sink of ${uid} ${buried} times` } as const] : []),
      ];
    });
  });
}

/** K9: between two attempts of an event lies its backoff, but for a twentieth that two clocks may differ by. */
export function backoffIsKept({ subscriptions, deliveries }: History): Violation[] {
  return subscriptions.flatMap(({ uid, backoffs }) => {
    if (backoffs === undefined) return [];
    const byId = Map.groupBy(deliveries.filter(({ subscription, to }) => subscription === uid && to === 'subscriber'), ({ id }) => id);
    return [...byId].flatMap(([id, attempts]) => {
      const inOrder = attempts.toSorted((a, b) => a.startedAt - b.startedAt);
      return backoffs.flatMap((wait, index): Violation[] => {
        const [before, after] = [inOrder[index], inOrder[index + 1]];
        if (!before || !after || after.startedAt - before.endedAt >= 0.95 * wait) return [];
        return [{ check: 'K9', kind: 'other', what: `${id} came to ${uid} again after ${Math.round(after.startedAt - before.endedAt)} ms, its backoff is ${wait} ms` }];
      });
    });
  });
}
