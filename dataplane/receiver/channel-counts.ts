import type { Target } from './target.ts';

/** What requests to a channel have come to since it was last told; goes from process to process. */
export interface ChannelCount {
  /** Empty, as `channel` is, where Kafka knows of none. */
  readonly namespace: string;
  readonly channel: string;
  readonly byStatus: readonly (readonly [status: number, requests: number])[];
  /** Events that are stored. */
  readonly events: number;
}

interface Counted {
  readonly target: Target | undefined;
  readonly byStatus: Map<number, number>;
  events: number;
}

/** So many channels are held between two looks at the metrics. */
const heldLimit = 1000;

/** Counts answers of each channel as plain numbers, a counter with labels costs too much for each event, and hands them over when somebody looks, or when they are many. */
export class ChannelCounts {
  readonly #take: (counts: readonly ChannelCount[]) => void;
  readonly #held = new Map<string, Counted>();

  constructor(take: (counts: readonly ChannelCount[]) => void) {
    this.#take = take;
  }

  get held(): number {
    return this.#held.size;
  }

  answered(target: Target | undefined, status: number, events: number): void {
    const counted = this.#held.get(target?.id ?? '') ?? this.#begin(target);
    counted.byStatus.set(status, (counted.byStatus.get(status) ?? 0) + 1);
    counted.events += events;
  }

  /** Hands over what there is, and begins at 0. */
  handOver(): void {
    if (this.#held.size === 0) return;
    const counts = [...this.#held.values()].map(({ target, byStatus, events }) => ({ namespace: target?.namespace ?? '', channel: target?.name ?? '', byStatus: [...byStatus], events }));
    this.#held.clear();
    this.#take(counts);
  }

  #begin(target: Target | undefined): Counted {
    if (this.#held.size >= heldLimit) this.handOver();
    const counted = { target, byStatus: new Map<number, number>(), events: 0 };
    this.#held.set(target?.id ?? '', counted);
    return counted;
  }
}
