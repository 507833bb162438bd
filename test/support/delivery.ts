import { pino } from 'pino';

import type { DeliverySpec, SubscriptionSpec } from '../../contract/dispatcher-file.ts';
import { Delivery } from '../../dataplane/dispatcher/deliver.ts';
import { deliveryLog } from '../../dataplane/dispatcher/delivery-log.ts';
import type { EgressGuard } from '../../dataplane/dispatcher/egress/egress-guard.ts';
import { FetchBudget } from '../../dataplane/dispatcher/fetch-budget.ts';
import type { Pass } from '../../dataplane/dispatcher/gate.ts';
import { createHttpClient } from '../../dataplane/dispatcher/http/http-client.ts';
import { dispatcherMetrics } from '../../dataplane/dispatcher/metrics.ts';
import { ReplyRoom } from '../../dataplane/dispatcher/reply-room.ts';
import { Tries, untried } from '../../dataplane/dispatcher/tries.ts';
import type { FetchedRecord } from '../../dataplane/kafka/fetched-records.ts';
import type { DispatcherLine } from './dispatcher.ts';
import { aSubscription } from './dispatcher-file.ts';
import { loopbackGuard } from './egress.ts';

export interface TestDelivery extends AsyncDisposable {
  readonly lines: DispatcherLine[];
  /** Waits that were asked for between attempts, in milliseconds; none is waited. */
  readonly waits: number[];
  /** Bytes that long replies take now. */
  readonly held: number;
  /** How often an event was to take a place aside from then on. */
  readonly asides: number;
  deliver(record: FetchedRecord, signal?: AbortSignal): Promise<void>;
  /** The series whose name, without prefix and labels of the subscription, begins with this, and that are not 0. */
  counted(name: string): Promise<Record<string, number>>;
}

/** Delivery as a dispatcher does it, real HTTP client and all, without Kafka and without waiting. */
export function testDelivery(spec: Partial<Omit<SubscriptionSpec, 'delivery'>> & { delivery?: Partial<DeliverySpec> }, guard: EgressGuard = loopbackGuard()): TestDelivery {
  const lines: DispatcherLine[] = [];
  const waits: number[] = [];
  const log = pino({ level: 'debug', base: null, formatters: { level: (level) => ({ level }) } }, { write: (line: string) => lines.push(JSON.parse(line) as DispatcherLine) });
  const client = createHttpClient(guard);
  const metrics = dispatcherMetrics();
  const budget = new FetchBudget(1024 * 1024);
  let asides = 0;
  const of = { channel: 'tenant/orders', subscription: 'one', subscriptionUid: 'uid' };
  const delivery = new Delivery({
    spec: aSubscription('one', spec),
    namespace: 'tenant',
    client,
    replyRoom: new ReplyRoom(1024 * 1024).ofSubscription(budget),
    log: deliveryLog(log, of),
    metrics: metrics.subscription({ namespace: 'tenant', channel: 'orders', subscription: 'one' }),
    random: () => 0,
  });
  const pass: Pass = {
    isValid: true,
    leave: () => undefined,
    returnAside: () => void (asides += 1),
    outside: async (wait) => {
      await wait();
    },
  };
  return {
    lines,
    waits,
    get held() {
      return budget.used;
    },
    get asides() {
      return asides;
    },
    deliver: async (record, signal = new AbortController().signal) => {
      const tries = new Tries(record.offset, { starting: signal, tried: () => untried, changed: () => undefined }, {
        now: () => Date.now(),
        waitFor: async (inMs) => {
          waits.push(inMs);
          await new Promise((resolve) => setImmediate(resolve));
          signal.throwIfAborted();
        },
      });
      await delivery.deliver(record, 0, { pass, tries, signal });
    },
    counted: async (name) => {
      const text: string = await metrics.registry.metrics();
      const rows = text.matchAll(/^kafkachannel_(\w+)\{namespace="tenant",channel="orders",subscription="one",?(.*)\} (\S+)$/gm);
      const found = [...rows].map(([, series = '', label = '', value]) => ({ series, label: label.replace(/^\w+="(.*)"$/, '$1'), value: Number(value) }));
      return Object.fromEntries<number>(found.filter(({ series, value }) => series.startsWith(name) && value !== 0).map(({ series, label, value }) => [label || series, value]));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(client.close()),
  };
}

/** A record that holds an event in binary mode; headers with the value null are left out. */
export function anEventRecord(headers: Readonly<Record<string, string | Buffer | null>> = {}, value: Buffer | null = Buffer.from('data')): FetchedRecord {
  const all: Record<string, string | Buffer | null> = { ce_specversion: '1.0', ce_id: '1', ce_source: '/test', ce_type: 'test.event', 'content-type': 'text/plain', ...headers };
  const kept = Object.entries(all).filter((entry): entry is [string, string | Buffer] => entry[1] !== null);
  return { offset: 7, key: null, value, headers: kept.flat().map((text) => Buffer.from(text).toString('latin1')), size: 100, timestamp: 0 };
}
