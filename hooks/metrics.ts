import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import { registerBuildInfo } from '../runtime/build-info.ts';
import { ChannelObjects } from './channel-objects.ts';
import { TopicRetentions } from './topic-retentions.ts';

export interface HookMetrics {
  readonly registry: Registry;
  readonly requests: Counter<'controller' | 'hook' | 'code'>;
  readonly duration: Histogram<'controller' | 'hook'>;
  readonly adminDuration: Histogram<'operation' | 'outcome'>;
  readonly objects: ChannelObjects;
  readonly retentions: TopicRetentions;
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
    adminDuration: new Histogram({
      name: 'kafkachannel_kafka_admin_duration_seconds',
      help: 'Time of what was asked of Kafka, with that to connect',
      labelNames: ['operation', 'outcome'],
      buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5],
      registers: [registry],
    }),
    objects: shownObjects(registry),
    retentions: shownRetentions(registry),
  };
}

function shownObjects(registry: Registry): ChannelObjects {
  const objects = new ChannelObjects();
  new Gauge({
    name: 'kafkachannel_objects',
    help: 'Objects by what their condition Ready says, as this replica saw them last',
    labelNames: ['namespace', 'kind', 'ready'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const { namespace, kind, ready, count } of objects.shown()) this.set({ namespace, kind, ready }, count);
    },
  });
  return objects;
}

function shownRetentions(registry: Registry): TopicRetentions {
  const retentions = new TopicRetentions();
  new Gauge({
    name: 'kafkachannel_topic_retention_seconds',
    help: 'How long Kafka keeps an event of the channel',
    labelNames: ['namespace', 'channel'] as const,
    registers: [registry],
    collect() {
      this.reset();
      for (const { channel, seconds } of retentions.shown()) this.set({ namespace: channel.namespace, channel: channel.name }, seconds);
    },
  });
  return retentions;
}
