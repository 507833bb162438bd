import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { SubscriptionMetrics } from './metrics.ts';
import { dispatcherMetrics } from './metrics.ts';
import { attemptOutcomes, dropReasons, durationBuckets, replyOutcomes } from './subscription-counts.ts';

const document = await readFile(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');
const labels = { namespace: 'shop', channel: 'orders', subscription: 'billing' };
const standing = { lag: 7, oldestEventMs: 1000, assignedPartitions: 4, stalledPartitions: 1 };

/** Everything that can be told has been told. */
function tellAll(metrics: SubscriptionMetrics): void {
  metrics.standing(() => standing);
  metrics.committed();
  metrics.inFlight(2);
  for (const seconds of [...durationBuckets, 10_000]) metrics.attempted('2xx', seconds);
  for (const outcome of attemptOutcomes) metrics.attempted(outcome, 0.01);
  for (const outcome of replyOutcomes) metrics.replied(outcome);
  for (const reason of dropReasons) metrics.dropped(reason);
  for (const tell of ['delivered', 'retried', 'deadLettered', 'rebalanced', 'stalled'] as const) metrics[tell]();
  metrics.waitingForDeadLetterSink(1);
}

async function series(registry: { metrics(): Promise<string> }): Promise<string[]> {
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('dispatcherMetrics', () => {
  test('M1: exports what docs/metrics.md says, and nothing else', async () => {
    const metrics = dispatcherMetrics();
    const { registry } = metrics;
    tellAll(metrics.subscription(labels));
    const exported = (await registry.getMetricsAsJSON()).map(({ name, type, help, values }) => {
      const names = Object.keys(values[0]?.labels ?? {}).filter((label) => label !== 'le');
      return { name, type: String(type), labels: names.sort(), help };
    });
    const text = document.slice(document.indexOf('## Dispatcher')).split(/\n## /)[0] ?? '';
    const rows = text.matchAll(/^\| `(kafkachannel_\w+)` \| (\w+) \| (.*?) ?\| (.*) \|$/gm);
    const documented = [...rows].map(([, name, type, list = '', help]) => ({ name, type, labels: [...list.matchAll(/`(\w+)`/g)].map(([, label]) => label).sort(), help }));
    expect(exported).toEqual(documented);
    for (const value of [...attemptOutcomes, ...replyOutcomes, ...dropReasons]) expect(text).toContain(`\`${value}\``);
  });

  test('M10: a subscription has at most 60 series, whatever happens to it', async () => {
    const metrics = dispatcherMetrics();
    const { registry } = metrics;
    tellAll(metrics.subscription(labels));
    const once = await series(registry);
    tellAll(metrics.subscription(labels));
    expect([once.length <= 60, (await series(registry)).length]).toEqual([true, once.length]);
    expect(once.filter((line) => !line.includes('{namespace="shop",channel="orders",subscription="billing"'))).toEqual([]);
  });

  test('R8.1: counts by outcome and reason, and durations in buckets that add up', async () => {
    const metrics = dispatcherMetrics();
    const { registry } = metrics;
    tellAll(metrics.subscription(labels));
    const of = (name: string, more = ''): string => `kafkachannel_${name}{namespace="shop",channel="orders",subscription="billing"${more}}`;
    const lines = await series(registry);
    expect(lines).toEqual(expect.arrayContaining([
      `${of('delivery_attempts_total', ',outcome="2xx"')} ${durationBuckets.length + 2}`,
      `${of('delivery_attempts_total', ',outcome="timeout"')} 1`,
      `${of('delivery_duration_seconds_bucket', ',le="0.005"')} 1`,
      `${of('delivery_duration_seconds_bucket', ',le="600"')} ${durationBuckets.length + attemptOutcomes.length}`,
      `${of('delivery_duration_seconds_bucket', ',le="+Inf"')} ${durationBuckets.length + attemptOutcomes.length + 1}`,
      `${of('delivery_duration_seconds_count')} ${durationBuckets.length + attemptOutcomes.length + 1}`,
      `${of('replies_total', ',outcome="ignored"')} 1`,
      `${of('dropped_events_total', ',reason="not_an_event"')} 1`,
      `${of('subscription_lag')} 7`,
      `${of('subscription_in_flight')} 2`,
      `${of('subscription_dead_letters_waiting')} 1`,
    ]));
    const age = Number(lines.find((line) => line.includes('oldest_event_age'))?.split(' ').at(-1));
    expect(age).toBeGreaterThan(1_000_000_000);
  });

  test('the age is 0 where nothing waits, and of a subscription that is gone only counters stay', async () => {
    const metrics = dispatcherMetrics();
    const { registry } = metrics;
    const first = metrics.subscription(labels);
    first.standing(() => ({ ...standing, lag: 0, oldestEventMs: undefined }));
    first.delivered();
    expect((await series(registry)).find((line) => line.includes('oldest_event_age'))).toMatch(/ 0$/);
    const second = metrics.subscription(labels);
    second.standing(() => standing);
    second.delivered();
    first.forget();
    expect((await series(registry)).find((line) => line.includes('subscription_lag'))).toMatch(/ 7$/);
    second.forget();
    const left = await series(registry);
    expect([left.filter((line) => line.includes('kafkachannel_subscription_')), left.find((line) => line.includes('delivered_events'))]).toEqual([[], expect.stringMatching(/ 2$/)]);
  });

  test('M10: what a subscription has counted is shown for ten minutes after its end, in full, and goes then; one that comes back in time counts on', async () => {
    const clock = { now: 0 };
    const metrics = dispatcherMetrics(() => clock.now);
    const { registry } = metrics;
    const other = metrics.subscription({ ...labels, subscription: 'other' });
    const delivered = async (): Promise<string[]> => (await series(registry)).filter((line) => line.includes('delivered_events')).map((line) => line.replace(/^.*subscription="(.*)"} (.*)$/, '$1 $2')).sort();
    for (const minutes of [9, 10]) {
      const one = metrics.subscription(labels);
      one.delivered();
      one.forget();
      clock.now += minutes * 60_000;
    }
    expect(await delivered()).toEqual(['billing 2', 'other 0']);
    clock.now += 1;
    expect(await delivered()).toEqual(['other 0']);
    expect((await series(registry)).filter((line) => line.includes('"billing"'))).toEqual([]);
    const again = metrics.subscription(labels);
    const beside = metrics.subscription(labels);
    again.forget();
    clock.now += 60 * 60_000;
    other.forget();
    expect(await delivered()).toEqual(['billing 0', 'other 0']);
    beside.forget();
    clock.now += 11 * 60_000;
    expect(await series(registry)).toEqual([]);
  });

  test('M1: names keep the rules of Prometheus', async () => {
    const metrics = dispatcherMetrics();
    const types: Record<string, string> = {};
    for (const { name, type, help } of await metrics.registry.getMetricsAsJSON()) {
      types[name] = String(type);
      expect(name).toMatch(/^kafkachannel_[a-z]+(_[a-z]+)*$/);
      expect(help).not.toBe('');
      expect(name.endsWith('_total')).toBe(String(type) === 'counter');
      expect(name).not.toMatch(/_(count|sum|bucket|gauge|counter|histogram|ms|milliseconds|minutes|hours|kb|kilobytes|percent)(_|$)/);
    }
    expect(types).toMatchObject({ kafkachannel_delivery_duration_seconds: 'histogram', kafkachannel_subscription_lag: 'gauge', kafkachannel_delivered_events_total: 'counter' });
  });
});
