import { describe, expect, test } from '@jest/globals';
import { Registry } from 'prom-client';

import { ByteBudget } from './byte-budget.ts';
import { ChannelCounts } from './channel-counts.ts';
import { ChannelTotals, registerChannelCounters } from './channel-totals.ts';
import { receiverMetrics } from './metrics.ts';
import type { Target } from './target.ts';
import { targetOf } from './target.ts';

const minute = 60_000;
const orders = channel('orders');
const bills = channel('bills');

function channel(name: string): Target {
  return targetOf({ namespace: 'shop', name });
}

async function series(registry: Registry): Promise<string[]> {
  const lines = (await registry.metrics()).split('\n');
  return lines.flatMap((line) => /^kafkachannel_receiver_(requests|events)_total\{.*channel="(.*?)".*} (\d+)$/.exec(line)?.slice(1).join(' ') ?? []);
}

describe('series of a channel', () => {
  test('M10: are shown for ten minutes after its last request, in full, and go then; they begin at 0 when it is used again', async () => {
    const clock = { now: 0 };
    const metrics = receiverMetrics(new ByteBudget(1000), { now: () => clock.now });
    const { registry } = metrics;
    const request = (target: Target): void => metrics.answered({ target, status: 202, events: 2, seconds: 0.1 });
    request(orders);
    request(bills);
    expect(await series(registry)).toEqual(['requests orders 1', 'requests bills 1', 'events orders 2', 'events bills 2']);
    clock.now = 9 * minute;
    request(bills);
    await series(registry);
    clock.now = 10 * minute;
    expect(await series(registry)).toEqual(['requests orders 1', 'requests bills 2', 'events orders 2', 'events bills 4']);
    clock.now += 1;
    expect(await series(registry)).toEqual(['requests bills 2', 'events bills 4']);
    clock.now = 60 * minute;
    expect(await series(registry)).toEqual([]);
    request(orders);
    expect(await series(registry)).toEqual(['requests orders 1', 'events orders 2']);
  });

  test('M10: of several workers are one sum, that does not fall when only some of them are still asked', async () => {
    const clock = { now: 0 };
    const totals = new ChannelTotals(() => clock.now);
    const sum = new Registry();
    registerChannelCounters(sum, () => totals.shown());
    const workers = [1, 2].map(() => receiverMetrics(new ByteBudget(1000), { sendCounts: (counts) => totals.add(counts) }));
    const look = async (): Promise<string[]> => {
      for (const worker of workers) worker.handOverCounts();
      return await series(sum);
    };
    for (const worker of workers) worker.answered({ target: orders, status: 202, events: 5, seconds: 0.1 });
    expect(await look()).toEqual(['requests orders 2', 'events orders 10']);
    for (const passed of [6, 12, 18]) {
      clock.now = passed * minute;
      workers[0]?.answered({ target: orders, status: 503, events: 0, seconds: 0.1 });
      await look();
    }
    expect(await look()).toEqual(['requests orders 2', 'requests orders 3', 'events orders 10']);
    clock.now += 10 * minute + 1;
    expect(await look()).toEqual([]);
    expect(await series(workers[0]?.registry ?? sum)).toEqual([]);
  });

  test('10,000 channels that come and go, which nobody looks at, leave a bounded number behind', () => {
    const clock = { now: 0 };
    const totals = new ChannelTotals(() => clock.now);
    const counts = new ChannelCounts((counted) => totals.add(counted));
    let most = 0;
    for (let made = 0; made < 10_000; made += 1) {
      counts.answered(channel(`ci-${made}`), 202, 1);
      clock.now += minute;
      most = Math.max(most, counts.held + totals.size);
    }
    expect(most).toBeLessThanOrEqual(2000);
    clock.now += 11 * minute;
    expect(totals.shown()).toEqual([]);
  });
});
