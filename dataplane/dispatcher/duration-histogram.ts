import type { Metric, MetricValueWithName } from 'prom-client';

import type { SubscriptionCounts } from './subscription-counts.ts';
import { durationBuckets } from './subscription-counts.ts';

export interface DurationHistogramOptions {
  readonly name: string;
  readonly help: string;
  readonly rows: () => readonly { readonly labels: Readonly<Record<string, string>>; readonly counts: SubscriptionCounts }[];
}

/** A histogram of what has been counted already, in the shape that a registry of prom-client asks for: the client's own takes one observation at a time. */
export function durationHistogram({ name, help, rows }: DurationHistogramOptions): Metric {
  const collected = { name, get: () => Promise.resolve({ name, help, type: 'histogram', aggregator: 'sum', values: rows().flatMap(({ labels, counts }) => valuesOf(name, labels, counts)) }) };
  return collected as unknown as Metric;
}

function valuesOf(name: string, labels: Readonly<Record<string, string>>, { durations, durationSum }: SubscriptionCounts): MetricValueWithName<string>[] {
  let sum = 0;
  const buckets = [...durationBuckets, '+Inf'].map((le, index) => {
    sum += durations[index] ?? 0;
    return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: sum };
  });
  return [...buckets, { metricName: `${name}_sum`, labels, value: durationSum }, { metricName: `${name}_count`, labels, value: sum }];
}
