import type { Buckets } from './histogram.ts';
import { bucketsOf, quantileMs, since } from './histogram.ts';

const controllers = ['namespace', 'kafkachannel', 'kafkatopic', 'kafkaconsumergroup', 'pod', 'secret'];

function syncs(exposition: string, controller?: string): Buckets {
  const passes = (labels: string): boolean => labels.includes('hook="sync"') && (controller === undefined || labels.includes(`controller="${controller}"`));
  return bucketsOf(exposition, 'kafkachannel_hook_duration_seconds', passes);
}

function countOf(buckets: Buckets): number {
  return buckets.get(Infinity) ?? 0;
}

/** Over the syncs of all controllers. */
export function quantiles(exposition: string): { syncP50Ms: number; syncP99Ms: number } {
  const all = syncs(exposition);
  return { syncP50Ms: rounded(quantileMs(all, 0.5)), syncP99Ms: rounded(quantileMs(all, 0.99)) };
}

/** A line a controller. */
export function syncTable(exposition: string): string[] {
  return controllers
    .map((controller) => ({ controller, buckets: syncs(exposition, controller) }))
    .filter(({ buckets }) => countOf(buckets) > 0)
    .map(({ controller, buckets }) => `${controller}: ${countOf(buckets)} syncs, p50 ${quantileMs(buckets, 0.5).toFixed(1)} ms, p99 ${quantileMs(buckets, 0.99).toFixed(1)} ms, longest below ${longest(buckets)} ms`);
}

function longest(buckets: Buckets): number {
  return 1000 * ([...buckets].find(([, count]) => count === countOf(buckets))?.[0] ?? 0);
}

export function syncsSince(before: string, now: string): string {
  return controllers.map((controller) => `${controller} ${countOf(since(syncs(before, controller), syncs(now, controller)))}`).join(', ');
}

export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
