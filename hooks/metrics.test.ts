import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { groupsOf } from '../test/support/hook-objects.ts';
import { metricTroubles } from '../test/support/metric-rules.ts';
import { hookMetrics } from './metrics.ts';

const document = await readFile(join(import.meta.dirname, '../docs/metrics.md'), 'utf8');

function sectionOf(title: string): string {
  return document.slice(document.indexOf(`## ${title}\n`)).split(/\n## /)[0] ?? '';
}

const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };
const channel = { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', metadata: { namespace: 'shop', name: 'orders' } };

function everythingTold(): ReturnType<typeof hookMetrics> {
  const metrics = hookMetrics();
  metrics.requests.inc({ controller: 'pod', hook: 'sync', code: 200 });
  metrics.duration.observe({ controller: 'pod', hook: 'sync' }, 0.1);
  metrics.adminDuration.observe({ operation: 'describe_topic', outcome: 'ok' }, 0.1);
  metrics.objects.tell({ object: namespace, related: groupsOf(channel), attachments: {}, finalizing: false });
  metrics.retentions.tell({ namespace: 'shop', name: 'orders' }, 3600);
  return metrics;
}

describe('hookMetrics', () => {
  test('M1: exports what docs/metrics.md says, and nothing else', async () => {
    const exported = (await everythingTold().registry.getMetricsAsJSON()).map(({ name, type, help, values }) => {
      const labels = Object.keys(values.at(-1)?.labels ?? {});
      return { name, type: String(type), labels: labels.filter((label) => label !== 'le').sort(), help };
    });
    const rows = [...(sectionOf('Every process') + sectionOf('Hooks')).matchAll(/^\| `(kafkachannel_\w+)` \| (\w+) \| (.*?) ?\| (.*) \|$/gm)];
    const documented = rows.map(([, name, type, list = '', help]) => ({ name, type, labels: [...list.matchAll(/`(\w+)`/g)].map(([, label]) => label).sort(), help }));
    expect(exported).toEqual(documented);
  });

  test('M1: names, types and help follow the rules of Prometheus', async () => {
    expect(metricTroubles(await everythingTold().registry.metrics())).toEqual([]);
  });
});
