import { RecentMap } from '../runtime/recent-map.ts';
import type { Condition } from './conditions.ts';
import { conditionNamed } from './conditions.ts';
import type { DecoratorRequest } from './metacontroller.ts';
import { observed } from './observed.ts';

/** How many objects of a kind, for the channels of a namespace, say this of being Ready. */
export interface ObjectCount {
  readonly namespace: string;
  readonly kind: string;
  readonly ready: Condition['status'];
  readonly count: number;
}

interface Counted {
  readonly kind: string;
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** Channels and what is made of our own kinds for them, by namespace, as far as it was seen of late: all of a namespace at once, in one of the replicas, at each change and every five minutes. */
export class ChannelObjects {
  readonly #byNamespace: RecentMap<readonly ObjectCount[]>;

  /** `now`: milliseconds of a clock that is never set. */
  constructor(now?: () => number) {
    this.#byNamespace = new RecentMap(now);
  }

  /** What a namespace has is told in full: what was told of it before, and is not there any more, goes. */
  tell({ object, attachments, related }: DecoratorRequest): void {
    const namespace = object.metadata.name;
    const channels = observed(related, 'KafkaChannel.messaging.knative.dev').filter(({ metadata }) => metadata.namespace === namespace);
    const made = [...observed(attachments, 'KafkaTopic.knative-kafka.io'), ...observed(attachments, 'KafkaConsumerGroup.knative-kafka.io')];
    this.#byNamespace.tell(namespace, countsOf(namespace, [...channels, ...made]));
  }

  shown(): ObjectCount[] {
    return this.#byNamespace.values().flat();
  }
}

function countsOf(namespace: string, objects: readonly Counted[]): ObjectCount[] {
  const byKind = Map.groupBy(objects, ({ kind }) => kind);
  return [...byKind].flatMap(([kind, those]) => [...Map.groupBy(those, readiness)].map(([ready, { length }]) => ({ namespace, kind, ready, count: length })));
}

function readiness({ status }: Counted): Condition['status'] {
  return conditionNamed(status?.conditions, 'Ready')?.status ?? 'Unknown';
}
