import type { History } from '../history.ts';
import { eventOf } from '../history.ts';
import { commitsGoForward, commitsPassOnlyFinished, endIsCommitted } from './committed.ts';
import { backoffIsKept, budgetIsKept, deliveryOrderIsKept, storedIsDelivered } from './delivered.ts';
import { faultTookEffect } from './effective.ts';
import { finishedAt } from './finished.ts';
import { lagIsHonest } from './lag.ts';
import { acknowledgedIsStored, bytesAreKept, nothingIsMadeUp, sendOrderIsKept, storedOnce } from './stored.ts';
import type { Checker, Violation } from './violation.ts';

const checkers: readonly Checker[] = [
  acknowledgedIsStored, nothingIsMadeUp, storedOnce, bytesAreKept, sendOrderIsKept,
  storedIsDelivered, deliveryOrderIsKept, budgetIsKept, backoffIsKept,
  commitsGoForward, commitsPassOnlyFinished, endIsCommitted, lagIsHonest, faultTookEffect,
];

export interface Verdict {
  /** Events, however often the sender tried. */
  readonly sent: number;
  readonly acknowledged: number;
  /** Acknowledged events that are over for every subscription. */
  readonly delivered: number;
  /** Acknowledged events that are not. */
  readonly lost: number;
  /** Records stored twice, and deliveries accepted again. */
  readonly duplicates: number;
  readonly inversions: number;
  readonly violations: readonly Violation[];
}

/** What the recorded history says. */
export function verdict(history: History): Verdict {
  const violations = checkers.flatMap((check) => check(history));
  const acknowledged = new Map(history.sends.filter(({ outcome }) => outcome === 'ok').map(({ id }) => [eventOf(id), id]));
  const finished = history.subscriptions.map(({ uid }) => finishedAt(history, uid));
  const lost = new Set(violations.filter(({ kind }) => kind === 'lost').map(({ event }) => event));
  return {
    sent: new Set(history.sends.map(({ id }) => eventOf(id))).size,
    acknowledged: acknowledged.size,
    delivered: [...acknowledged.values()].filter((id) => finished.every((times) => times.has(id))).length,
    lost: lost.size,
    duplicates: violations.filter(({ check }) => check === 'K3').length + deliveredAgain(history),
    inversions: violations.filter(({ kind }) => kind === 'inversion').length,
    violations,
  };
}

/** Deliveries that a subscriber accepted though it had accepted the same record before. */
function deliveredAgain({ deliveries }: History): number {
  const accepted = deliveries.filter(({ accepted: taken, to }) => taken && to === 'subscriber');
  return accepted.length - new Set(accepted.map(({ subscription, id }) => `${subscription} ${id}`)).size;
}
