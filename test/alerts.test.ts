import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const project = join(import.meta.dirname, '..');
const read = (...path: string[]): string => readFileSync(join(project, ...path), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: Record<string, string>;
}

const rules = (parse(read('components', 'monitoring', 'alerts.yaml')) as { spec: { groups: { rules: Rule[] }[] } }).spec.groups.flatMap((group) => group.rules);
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
