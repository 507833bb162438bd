import type { Registry } from 'prom-client';
import { Counter } from 'prom-client';

import type { ChannelCount } from './channel-counts.ts';

interface Total {
  readonly labels: { readonly namespace: string; readonly channel: string };
  readonly byStatus: Map<number, number>;
  events: number;
  /** When it last grew. */
  grewMs: number;
}

/** For how long a channel is shown after its last request: twice as long as Prometheus looks back for a value. */
const shownMs = 600_000;

/** What requests to each channel have come to, over all that count for it. Of several processes one adds up, and lets go: where each let go of its part by itself, a sum would fall. */
export class ChannelTotals {
  readonly #now: () => number;
  readonly #totals = new Map<string, Total>();

  /** `now`: milliseconds of a clock that is never set. */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  get size(): number {
    return this.#totals.size;
  }

  add(counts: readonly ChannelCount[]): void {
    for (const { namespace, channel, byStatus, events } of counts) {
      const total = this.#of(namespace, channel);
      for (const [status, requests] of byStatus) total.byStatus.set(status, (total.byStatus.get(status) ?? 0) + requests);
      total.events += events;
      total.grewMs = this.#now();
    }
    this.#letGo();
  }

  shown(): readonly Total[] {
    this.#letGo();
    return [...this.#totals.values()];
  }

  #of(namespace: string, channel: string): Total {
    const id = `${namespace}/${channel}`;
    let total = this.#totals.get(id);
    if (!total) this.#totals.set(id, (total = { labels: { namespace, channel }, byStatus: new Map(), events: 0, grewMs: NaN }));
    return total;
  }

  #letGo(): void {
    for (const [id, { grewMs }] of this.#totals) if (this.#now() - grewMs > shownMs) this.#totals.delete(id);
  }
}

/** The counters of channels; `read` is asked whenever somebody looks. */
export function registerChannelCounters(registry: Registry, read: () => readonly Total[]): void {
  const registers = [registry];
  new Counter({
    name: 'kafkachannel_receiver_requests_total',
    help: 'Requests answered, by status code',
    labelNames: ['namespace', 'channel', 'code'] as const,
    registers,
    collect() {
      this.reset();
      for (const { labels, byStatus } of read()) {
        for (const [code, count] of byStatus) this.inc({ ...labels, code }, count);
      }
    },
  });
  new Counter({
    name: 'kafkachannel_receiver_events_total',
    help: 'Events that Kafka has taken',
    labelNames: ['namespace', 'channel'] as const,
    registers,
    collect() {
      this.reset();
      for (const { labels, events } of read()) if (events > 0) this.inc(labels, events);
    },
  });
}
