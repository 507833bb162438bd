import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, parseAllDocuments, stringify } from 'yaml';

import { label } from '../contract/names.ts';
import { promtoolSaysOfAlerts } from './support/metric-rules.ts';

const project = join(import.meta.dirname, '..');
const read = (...path: string[]): string => readFileSync(join(project, ...path), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: Record<string, string>;
}

const { groups } = (parse(read('components', 'monitoring', 'alerts.yaml')) as { spec: { groups: { rules: Rule[] }[] } }).spec;
const rules = groups.flatMap((group) => group.rules);
const documented = new Set(read('docs', 'metrics.md').match(/kafkachannel_[a-z_]+/g));

describe('alerts', () => {
  test('there are some', () => {
    expect(rules.length).toBeGreaterThan(8);
  });

  test.each(rules.map((rule) => [rule.alert, rule] as const))('M1, M3: %s is made of metrics that are documented, and says how bad it is and what it means', (alert, { expr, labels, annotations }) => {
    const names = expr.match(/kafkachannel_[a-z_]+/g) ?? [];
    expect(names.filter((name) => !documented.has(name))).toEqual([]);
    expect(alert).toMatch(/^KafkaChannel[A-Z]/);
    expect(['critical', 'warning']).toContain(labels.severity);
    expect(annotations['summary']).toMatch(/^[A-Z].*\.$/);
    expect(annotations['description']).toBeTruthy();
  });

  test.each(rules.map(({ alert }) => [alert]))('M7: %s has a section in docs/alerts.md', (alert) => {
    expect(read('docs', 'alerts.md')).toContain(`\n## ${alert}\n`);
  });
});

/** Values a minute, as promtool writes them, by series. */
type Series = Readonly<Record<string, string>>;

interface Expected {
  readonly exp_labels: Readonly<Record<string, string>>;
  readonly exp_annotations: Readonly<Record<string, string>>;
}

/** What happens, and which alerts there are then. */
interface Course {
  readonly minutes: number;
  readonly series: Series;
  readonly expected: readonly Expected[];
}

async function expectAlerts(alertname: string, course: Course): Promise<void> {
  const said = await alertsAfter(alertname, course);
  if (said === undefined) process.stderr.write('SKIPPED: promtool is not on the PATH: set PROMTOOL_BIN\n');
  else expect(said).toEqual({ code: 0, output: expect.stringContaining('SUCCESS') });
}

/** What promtool says of an alert after these minutes of these series; undefined where there is no promtool. */
async function alertsAfter(alertname: string, { minutes, series, expected }: Course): ReturnType<typeof promtoolSaysOfAlerts> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-alerts-'));
  try {
    await writeFile(join(folder, 'rules.yaml'), stringify({ groups }));
    const input = Object.entries(series).map(([name, values]) => ({ series: name, values }));
    const tests = [{ interval: '1m', input_series: input, alert_rule_test: [{ eval_time: `${minutes}m`, alertname, exp_alerts: expected }] }];
    await writeFile(join(folder, 'tests.yaml'), stringify({ rule_files: ['rules.yaml'], evaluation_interval: '1m', tests }));
    return await promtoolSaysOfAlerts(join(folder, 'tests.yaml'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe('M3: KafkaChannelRetentionRisk, asked of promtool, which must be there in CI,', () => {
  const age = (pod: string, subscription = 'billing'): string => `kafkachannel_subscription_oldest_event_age_seconds{namespace="shop",channel="orders",subscription="${subscription}",pod="${pod}"}`;
  const retention = (pod: string, channel = 'orders'): string => `kafkachannel_topic_retention_seconds{namespace="shop",channel="${channel}",pod="${pod}"}`;
  const firing: Expected = {
    exp_labels: { severity: 'critical', namespace: 'shop', channel: 'orders', subscription: 'billing' },
    exp_annotations: {
      summary: 'Kafka will soon delete events that were not delivered.',
      description: 'The oldest event that waits for subscription billing of channel shop/orders has been there for 90% of the retention of its topic.',
    },
  };
  const old = { [age('one')]: '3240x20', [age('two')]: '0x20', [age('one', 'audit')]: '60x20' };

  test.each<Course & { name: string }>([
    { name: 'fires at 90 % of the retention, for that subscription alone', minutes: 5, series: { ...old, [retention('hooks-1')]: '3600x20' }, expected: [firing] },
    { name: 'goes by the shorter retention where the hooks differ', minutes: 5, series: { ...old, [retention('hooks-1')]: '3600x20', [retention('hooks-2')]: '36000x20' }, expected: [firing] },
    { name: 'does not fire at 75 %', minutes: 5, series: { [age('one')]: '2700x20', [retention('hooks-1')]: '3600x20' }, expected: [] },
    { name: 'does not fire for what it has just seen', minutes: 1, series: { [age('one')]: '0 3240x20', [retention('hooks-1')]: '3600x20' }, expected: [] },
    { name: 'does not fire where events are kept for ever', minutes: 5, series: { ...old, [retention('hooks-1', 'other')]: '3600x20' }, expected: [] },
    { name: 'ends when the events are delivered', minutes: 12, series: { [age('one')]: '3240x10 0x10', [retention('hooks-1')]: '3600x20' }, expected: [] },
    { name: 'ends when the retention is raised', minutes: 12, series: { ...old, [retention('hooks-1')]: '3600x10 7200x10' }, expected: [] },
  ])('$name', async ({ minutes, series, expected }) => {
    await expectAlerts('KafkaChannelRetentionRisk', { minutes, series, expected });
  });
});

describe('M3: KafkaChannelNoConsumers, asked of promtool,', () => {
  const assigned = (pod: string, subscription = 'billing'): string => `kafkachannel_subscription_assigned_partitions{namespace="shop",channel="orders",subscription="${subscription}",pod="${pod}"}`;
  const up = (pod: string, channel = 'orders'): string => `up{job="dispatcher",namespace="shop",channel="${channel}",pod="${pod}"}`;
  const events = 'kafkachannel_receiver_events_total{namespace="shop",channel="orders",pod="receiver"}';
  const used = { [events]: '1+1x200' };
  const firing: Expected = {
    exp_labels: { severity: 'critical', namespace: 'shop', channel: 'orders', subscription: 'billing' },
    exp_annotations: {
      summary: 'Nobody reads the events of a subscription.',
      description: 'Channel shop/orders takes events, and no pod of its dispatcher has read any for subscription billing for five minutes.',
    },
  };
  const outside = { [assigned('one')]: '0x200', [assigned('two')]: '0x200', [assigned('one', 'audit')]: '4x200', [up('one')]: '1x200', [up('two')]: '1x200' };
  const down = { [assigned('one')]: '4x5 stale', [up('one')]: '1x5 0x200' };

  test.each<Course & { name: string }>([
    { name: 'fires where no pod has a partition, for that subscription alone', minutes: 10, series: { ...used, ...outside }, expected: [firing] },
    { name: 'fires where no pod can be scraped, for what they read before', minutes: 15, series: { ...used, ...down, [up('other', 'bills')]: '1x200' }, expected: [firing] },
    { name: 'still fires hours later', minutes: 200, series: { ...used, ...down }, expected: [firing] },
    { name: 'fires where pods end again and again before they have partitions', minutes: 20, series: { ...used, [assigned('one')]: '4x5 stale 0 stale stale 0 0 stale _x200', [up('one')]: '1x5 0 1 0 0 1 1 0x200' }, expected: [firing] },
    { name: 'fires for what came an hour ago at most, also where senders are quiet now', minutes: 60, series: { ...outside, [events]: '7x20 stale' }, expected: [firing] },
    { name: 'does not fire for a channel that was not used for longer', minutes: 100, series: { ...outside, [events]: '7x20 stale' }, expected: [] },
    { name: 'does not fire for a channel that is not used', minutes: 10, series: outside, expected: [] },
    { name: 'does not fire for a dispatcher that is scaled to zero', minutes: 30, series: { ...used, [assigned('one')]: '4x5 stale', [up('one')]: '1x5 0 stale' }, expected: [] },
    { name: 'does not fire for a subscription that is removed', minutes: 30, series: { ...used, [assigned('one')]: '4x5 stale', [up('one')]: '1x200' }, expected: [] },
    { name: 'does not fire where another pod has them', minutes: 10, series: { ...used, [assigned('one')]: '0x200', [assigned('two')]: '4x200', [up('one')]: '0x200', [up('two')]: '1x200' }, expected: [] },
    { name: 'does not fire for a rebalance or a restart of less than five minutes', minutes: 9, series: { ...used, [assigned('one')]: '4x5 0x4 4x200', [up('one')]: '1x200' }, expected: [] },
    { name: 'ends when somebody reads again', minutes: 21, series: { ...used, [assigned('one')]: '0x20 4x200', [up('one')]: '1x200' }, expected: [] },
  ])('$name', async (course) => {
    await expectAlerts('KafkaChannelNoConsumers', course);
  });

  test('up has the channel of a dispatcher by the labels of its pods', () => {
    const [{ spec }] = parseAllDocuments(read('components', 'monitoring', 'monitors.yaml')).map((document) => document.toJS() as { spec: { podMetricsEndpoints: { relabelings: object[] }[] } }) as [{ spec: { podMetricsEndpoints: { relabelings: object[] }[] } }];
    const discovered = (name: string): string => `__meta_kubernetes_pod_label_${name.replaceAll(/[^a-z]/g, '_')}`;
    expect(spec.podMetricsEndpoints.flatMap(({ relabelings }) => relabelings)).toEqual([
      { sourceLabels: [discovered(label.channelNamespace)], regex: '(.+)', targetLabel: 'namespace' },
      { sourceLabels: [discovered(label.channel)], regex: '(.+)', targetLabel: 'channel' },
    ]);
  });
});
