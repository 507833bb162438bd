import type { ObjectMeta } from '../contract/object-meta.ts';
import type { Fault } from './kafka-secret.ts';

/** Longest that a Kafka that cannot be reached, or a Secret that is gone, holds up a deletion; then what is on Kafka is left behind. */
export const unreachableLimitMs = 30_000;

/** Longest wait for a group's members to leave: the grace period of their pods and the end of their sessions are over by then. */
export const membersLimitMs = 120_000;

export const finalizeRetrySeconds = 2;

/** Time since the deletion was asked for. */
export function deletingForMs({ deletionTimestamp }: ObjectMeta, now: string): number {
  return deletionTimestamp === undefined ? 0 : Date.parse(now) - Date.parse(deletionTimestamp);
}

/** What a condition says of a deletion that cannot be finished: what stays on Kafka if that lasts. */
export function leftover(what: string, { message }: Fault): string {
  return `${what} is not deleted yet, and is left behind if this lasts: ${message}`;
}
