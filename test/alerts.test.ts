import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';

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

/** What promtool says of an alert after these minutes of these series; undefined where there is no promtool. */
async function alertsAfter(minutes: number, alertname: string, series: Series, expected: readonly Expected[]): ReturnType<typeof promtoolSaysOfAlerts> {
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

  test.each<{ name: string; minutes: number; series: Series; expected: Expected[] }>([
    { name: 'fires at 90 % of the retention, for that subscription alone', minutes: 5, series: { ...old, [retention('hooks-1')]: '3600x20' }, expected: [firing] },
    { name: 'goes by the shorter retention where the hooks differ', minutes: 5, series: { ...old, [retention('hooks-1')]: '3600x20', [retention('hooks-2')]: '36000x20' }, expected: [firing] },
    { name: 'does not fire at 75 %', minutes: 5, series: { [age('one')]: '2700x20', [retention('hooks-1')]: '3600x20' }, expected: [] },
    { name: 'does not fire for what it has just seen', minutes: 1, series: { [age('one')]: '0 3240x20', [retention('hooks-1')]: '3600x20' }, expected: [] },
    { name: 'does not fire where events are kept for ever', minutes: 5, series: { ...old, [retention('hooks-1', 'other')]: '3600x20' }, expected: [] },
    { name: 'ends when the events are delivered', minutes: 12, series: { [age('one')]: '3240x10 0x10', [retention('hooks-1')]: '3600x20' }, expected: [] },
    { name: 'ends when the retention is raised', minutes: 12, series: { ...old, [retention('hooks-1')]: '3600x10 7200x10' }, expected: [] },
  ])('$name', async ({ minutes, series, expected }) => {
    const said = await alertsAfter(minutes, 'KafkaChannelRetentionRisk', series, expected);
    if (said === undefined) process.stderr.write('SKIPPED: promtool is not on the PATH: set PROMTOOL_BIN\n');
    else expect(said).toEqual({ code: 0, output: expect.stringContaining('SUCCESS') });
  });
});
