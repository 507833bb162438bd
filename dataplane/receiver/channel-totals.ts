import type { Registry } from 'prom-client';
import { Counter } from 'prom-client';

import { RecentMap } from '../../runtime/recent-map.ts';
import type { ChannelCount } from './channel-counts.ts';

interface Total {
  readonly labels: { readonly namespace: string; readonly channel: string };
  readonly byStatus: Map<number, number>;
  events: number;
}

/** What requests to each channel have come to, over all that count for it. Of several processes one adds up, and lets go: where each let go of its part by itself, a sum would fall. */
export class ChannelTotals {
  readonly #totals: RecentMap<Total>;

  /** `now`: milliseconds of a clock that is never set. */
  constructor(now?: () => number) {
    this.#totals = new RecentMap(now);
  }

  get size(): number {
    return this.#totals.size;
  }

  add(counts: readonly ChannelCount[]): void {
    for (const { namespace, channel, byStatus, events } of counts) {
      const id = `${namespace}/${channel}`;
      const total = this.#totals.get(id) ?? { labels: { namespace, channel }, byStatus: new Map<number, number>(), events: 0 };
      for (const [status, requests] of byStatus) total.byStatus.set(status, (total.byStatus.get(status) ?? 0) + requests);
      total.events += events;
      this.#totals.tell(id, total);
    }
  }

  shown(): readonly Total[] {
    return this.#totals.values();
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
