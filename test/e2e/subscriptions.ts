import type { Kubernetes } from './kubernetes.ts';

/** Where events go: an address, a path of the sink, or a channel. */
export type Destination = { readonly uri: string } | { readonly ref: { readonly apiVersion: string; readonly kind: string; readonly name: string }; readonly uri?: string };

export function toSink(path: string): Destination {
  return { ref: { apiVersion: 'v1', kind: 'Service', name: 'sink' }, uri: path };
}

export function toChannel(name: string, kind = 'KafkaChannel'): Destination {
  return { ref: { apiVersion: 'messaging.knative.dev/v1', kind, name } };
}

export interface SubscriptionOptions {
  readonly channel: string;
  readonly kind?: 'KafkaChannel' | 'Channel';
  readonly subscriber?: Destination;
  readonly reply?: Destination;
  readonly delivery?: object;
}

export function subscription(namespace: string, name: string, { channel, kind = 'KafkaChannel', ...rest }: SubscriptionOptions): object {
  const reference = { apiVersion: 'messaging.knative.dev/v1', kind, name: channel };
  return { apiVersion: 'messaging.knative.dev/v1', kind: 'Subscription', metadata: { name, namespace }, spec: { channel: reference, ...rest } };
}

/** Waits until objects with conditions are Ready. */
export async function ready(kubernetes: Kubernetes, namespace: string, resource: string, ...names: string[]): Promise<void> {
  await Promise.all(names.map((name) => kubernetes.when(resource, name, namespace, ({ status }) => isReady(status), { timeoutMs: 90_000, intervalMs: 500 })));
}

function isReady(status: unknown): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.find(({ type }) => type === 'Ready')?.status === 'True';
}
