import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import type { Fault } from './kafka-secret.ts';
import { exceeds } from './secret-caps.ts';

/** What Kubernetes knows of a container's resources, as far as receivers and dispatchers have a use for it. */
export const resourceNames = ['cpu', 'memory', 'ephemeral-storage'] as const;

export type ResourceName = (typeof resourceNames)[number];

type Quantities = Readonly<Partial<Record<ResourceName, string | number>>>;

/** The first resource of which more is requested than its limit, which Kubernetes would refuse. */
export function requestedOverLimit({ requests, limits }: { readonly requests?: Quantities | undefined; readonly limits?: Quantities | undefined }): ResourceName | undefined {
  return resourceNames.find((name) => limits?.[name] !== undefined && exceeds(requests?.[name], limits[name]));
}

/** What Kubernetes would refuse of the resources that a channel asks for: more than the limit. The form of quantities is checked with the channel's. */
export function resourceFault({ spec }: KafkaChannel): Fault | undefined {
  const wrong = requestedOverLimit(spec.dispatcher?.resources ?? {});
  return wrong && { reason: 'SpecInvalid', message: `spec.dispatcher.resources.requests.${wrong} is more than the limit: ask for less, or raise the limit` };
}
