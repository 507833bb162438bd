import type { Logger } from '../runtime/log.ts';
import type { ChannelObjects } from './channel-objects.ts';
import type { HooksConfig } from './config.ts';
import type { Kafka } from './kafka/kafka-admin.ts';
import type { TopicRetentions } from './topic-retentions.ts';

/** What the hooks are given beside the request. */
export interface HookDependencies {
  readonly config: HooksConfig;
  readonly kafka: Kafka;
  readonly logger: Logger;
  readonly now: () => Date;
  /** Told of what is seen of topics, where somebody shows it. */
  readonly retentions?: TopicRetentions;
  /** Told of what is seen of namespaces, where somebody shows it. */
  readonly objects?: ChannelObjects;
}

/** Time as Kubernetes writes it: RFC 3339 in UTC, whole seconds. */
export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
