/** Requests counted by upper bound in seconds, cumulated, `+Inf` last. */
export type Buckets = ReadonlyMap<number, number>;

/** Adds up the buckets of a Prometheus histogram over the series whose labels pass. */
export function bucketsOf(exposition: string, name: string, passes: (labels: string) => boolean = () => true): Buckets {
  const buckets = new Map<number, number>();
  for (const line of exposition.split('\n').filter((text) => text.startsWith(`${name}_bucket{`))) {
    const labels = line.slice(line.indexOf('{') + 1, line.lastIndexOf('}'));
    const bound = /(?:^|,)le="([^"]+)"/.exec(labels)?.[1] ?? '';
    if (!passes(labels)) continue;
    const seconds = bound === '+Inf' ? Infinity : Number(bound);
    buckets.set(seconds, (buckets.get(seconds) ?? 0) + Number(line.slice(line.lastIndexOf(' ') + 1)));
  }
  return new Map([...buckets].sort(([a], [b]) => a - b));
}

/** As Prometheus' histogram_quantile: linear within a bucket; what is beyond the last bound counts as that bound. In milliseconds. */
export function quantileMs(buckets: Buckets, quantile: number): number {
  const entries = [...buckets];
  const total = entries.at(-1)?.[1] ?? 0;
  if (total === 0) return 0;
  const rank = quantile * total;
  const index = entries.findIndex(([, count]) => count >= rank);
  const [upper = 0, count = 0] = entries[index] ?? [];
  const [lower = 0, before = 0] = entries[index - 1] ?? [];
  return 1000 * (upper === Infinity ? lower : lower + ((upper - lower) * (rank - before)) / (count - before));
}

/** Requests since an earlier reading. */
export function since(earlier: Buckets, now: Buckets): Buckets {
  return new Map([...now].map(([bound, count]) => [bound, count - (earlier.get(bound) ?? 0)]));
}
