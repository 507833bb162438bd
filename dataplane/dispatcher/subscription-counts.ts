/** How an attempt ended: the class of its answer's status, or why there was no answer. `refused`: it was not made, or not allowed; `cut`: its partition went elsewhere. */
export const attemptOutcomes = ['2xx', '3xx', '4xx', '5xx', 'other', 'timeout', 'connection', 'refused', 'cut'] as const;
export type AttemptOutcome = (typeof attemptOutcomes)[number];

/** What came of the answers of a subscriber that has a reply address: `ignored` are bodies that are no event. */
export const replyOutcomes = ['delivered', 'failed', 'ignored', 'too_large'] as const;
export type ReplyOutcome = (typeof replyOutcomes)[number];

export const dropReasons = ['delivery_failed', 'dead_letter_refused', 'not_an_event', 'expired'] as const;
export type DropReason = (typeof dropReasons)[number];

/** Upper bounds of the durations of attempts, in seconds. */
export const durationBuckets = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 600] as const;

/** What one subscription has counted since the process started, as plain numbers: an event costs additions, a look at the metrics the rest. */
export class SubscriptionCounts {
  readonly attempts = zeros(attemptOutcomes);
  readonly replies = zeros(replyOutcomes);
  readonly dropped = zeros(dropReasons);
  /** Attempts by duration, in the order of `durationBuckets`; the last is for what took longer. */
  readonly durations: number[] = [...durationBuckets, Infinity].map(() => 0);
  durationSum = 0;
  delivered = 0;
  retries = 0;
  deadLettered = 0;
  rebalances = 0;
  stalls = 0;

  attempted(outcome: AttemptOutcome, seconds: number): void {
    this.attempts[outcome] += 1;
    this.durationSum += seconds;
    let bucket = 0;
    while (bucket < durationBuckets.length && seconds > (durationBuckets[bucket] ?? Infinity)) bucket += 1;
    this.durations[bucket] = (this.durations[bucket] ?? 0) + 1;
  }
}

function zeros<Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
}
