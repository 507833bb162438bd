import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { ByteBudget } from './byte-budget.ts';
import { receiverMetrics } from './metrics.ts';
import { refusals } from './refusal.ts';
import { targetOf } from './target.ts';

const document = await readFile(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8');

describe('receiverMetrics', () => {
  test('exports what docs/metrics.md says, and nothing else', async () => {
    const metrics = receiverMetrics(new ByteBudget(1000));
    const { registry } = metrics;
    metrics.answered({ target: targetOf({ namespace: 'shop', name: 'orders' }), status: 202, events: 1, seconds: 0.1 });
    metrics.rejected('method');
    const exported = (await registry.getMetricsAsJSON()).map(({ name, type, help, values }) => {
      const labels = Object.keys(values.at(-1)?.labels ?? {});
      return { name, type: String(type), labels: labels.filter((label) => label !== 'le').sort(), help };
    });
    const rows = document.matchAll(/^\| `(kafkachannel_receiver_\w+)` \| (\w+) \| (.*?) ?\| (.*) \|$/gm);
    const documented = [...rows].map(([, name, type, labels = '', help]) => ({ name, type, labels: [...labels.matchAll(/`(\w+)`/g)].map(([, label]) => label).sort(), help }));
    expect(exported).toEqual(documented);
  });

  test('documents every reason with its answer', () => {
    const text = document.slice(document.indexOf('Reasons of refusals'));
    for (const [kind, { status }] of Object.entries(refusals)) expect([kind, text]).toEqual([kind, expect.stringMatching(new RegExp(`\`${kind}\`[^.]*${status}|\`${kind}\` has none.*${status}`))]);
  });

  test('DP-20: an unknown channel adds no series, however many there are', async () => {
    const metrics = receiverMetrics(new ByteBudget(1000));
    const { registry } = metrics;
    metrics.answered({ target: undefined, status: 404, events: 0, seconds: 0.1 });
    const before = (await registry.metrics()).split('\n').length;
    for (let i = 0; i < 1000; i += 1) metrics.answered({ target: undefined, status: 404, events: 0, seconds: 0.1 });
    expect((await registry.metrics()).split('\n')).toHaveLength(before);
    expect(await registry.metrics()).toContain('kafkachannel_receiver_requests_total{namespace="",channel="",code="404"} 1001');
  });
});
