import { Counter, Histogram, Registry } from 'prom-client';

import { registerBuildInfo } from '../runtime/build-info.ts';

export interface HookMetrics {
  readonly registry: Registry;
  readonly requests: Counter<'controller' | 'hook' | 'code'>;
  readonly duration: Histogram<'controller' | 'hook'>;
}

/** Metrics of one app; a registry of its own, so that several can be in one process. */
export function hookMetrics(): HookMetrics {
  const registry = new Registry();
  registerBuildInfo(registry, 'hooks');
  return {
    registry,
    requests: new Counter({ name: 'kafkachannel_hook_requests_total', help: 'Requests of Metacontroller by what they were answered with', labelNames: ['controller', 'hook', 'code'], registers: [registry] }),
    duration: new Histogram({
      name: 'kafkachannel_hook_duration_seconds',
      help: 'Time to answer one, with all that is asked of Kafka on the way',
      labelNames: ['controller', 'hook'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2.5, 5, 10],
      registers: [registry],
    }),
  };
}
