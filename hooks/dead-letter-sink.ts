import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import type { ChannelKey } from '../contract/names.ts';
import { channelHost } from '../contract/names.ts';

export type DeadLetterSink = NonNullable<NonNullable<KafkaChannel['spec']['delivery']>['deadLetterSink']>;

/**
 * Address of a dead letter sink, or undefined where it is none or cannot be resolved.
 * Resolved without reading anything: an address, a core/v1 Service, a KafkaChannel; a relative uri is taken from the reference's address.
 */
export function deadLetterSinkUri(sink: DeadLetterSink | undefined, channel: ChannelKey, clusterDomain: string): string | undefined {
  if (!sink) return undefined;
  const base = sink.ref && addressOfRef(sink.ref, channel.namespace, clusterDomain);
  if (sink.uri === undefined || sink.uri === '') return base;
  if (!sink.ref) return isHttpUrl(sink.uri) ? sink.uri : undefined;
  if (base === undefined) return undefined;
  const resolved = URL.parse(sink.uri, base)?.href;
  return resolved !== undefined && isHttpUrl(resolved) ? resolved : undefined;
}

function addressOfRef(ref: NonNullable<DeadLetterSink['ref']>, namespace: string, clusterDomain: string): string | undefined {
  if (!ref.name) return undefined;
  const target = { namespace: ref.namespace ?? namespace, name: ref.name };
  const address = addressOfKind(ref, target, clusterDomain);
  return address !== undefined && isHttpUrl(address) ? address : undefined;
}

function addressOfKind({ apiVersion, kind }: NonNullable<DeadLetterSink['ref']>, target: ChannelKey, clusterDomain: string): string | undefined {
  if (kind === 'Service' && apiVersion === 'v1') return `http://${target.name}.${target.namespace}.svc.${clusterDomain}`;
  if (kind === 'KafkaChannel' && apiVersion?.startsWith('messaging.knative.dev/')) return `http://${channelHost(target, clusterDomain)}`;
  return undefined;
}

export function isAskedFor(sink: DeadLetterSink | undefined): sink is DeadLetterSink {
  return sink !== undefined && (sink.ref !== undefined || Boolean(sink.uri));
}

export function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '';
}
