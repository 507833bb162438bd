import type { Delivery } from './delivery.ts';

/** Who must receive an event. */
export interface Recipient {
  readonly channel: string;
  readonly subscription: string;
  readonly uid: string;
}

/** The deliveries that were seen, to find out whether an event has reached everybody. */
export class DeliveryLog {
  readonly #last = new Map<string, Delivery>();
  readonly #listeners = new Set<() => void>();

  add(delivery: Delivery): void {
    const key = keyOf(delivery.eventId ?? '', delivery.channel, delivery.subscriptionUid);
    // What follows a delivery to the subscriber, such as a reply, does not undo it.
    if (this.#last.get(key)?.outcome === 'delivered') return;
    this.#last.set(key, delivery);
    for (const listener of this.#listeners) listener();
  }

  /** How an event stands with a recipient; undefined where no attempt has ended yet. */
  last(eventId: string, { channel, uid }: Recipient): Delivery | undefined {
    return this.#last.get(keyOf(eventId, channel, uid));
  }

  /** Settles when each event has been delivered to its recipient, or given up for one of them; the caller asks `last` then. */
  settled(expected: readonly { eventId: string; recipient: Recipient }[], signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => {
      const all = expected.map(({ eventId, recipient }) => this.last(eventId, recipient)?.outcome);
      return all.every((outcome) => outcome === 'delivered') || all.some((outcome) => outcome === 'dropped' || outcome === 'dead-lettered');
    };
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isOver() && !signal.aborted) return;
        this.#listeners.delete(look);
        signal.removeEventListener('abort', look);
        resolve();
      };
      this.#listeners.add(look);
      signal.addEventListener('abort', look);
      look();
    });
  }
}

function keyOf(...parts: string[]): string {
  return parts.join('\n');
}
