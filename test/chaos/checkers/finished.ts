import type { History } from '../history.ts';

/** When each event of a subscription was over, accepted by the subscriber or by the dead letter sink: time by id. */
export function finishedAt({ deliveries }: Pick<History, 'deliveries'>, subscription: string): Map<string, number> {
  const times = new Map<string, number>();
  for (const attempt of deliveries) {
    if (attempt.subscription !== subscription || !attempt.accepted) continue;
    times.set(attempt.id, Math.min(times.get(attempt.id) ?? Infinity, attempt.endedAt));
  }
  return times;
}
