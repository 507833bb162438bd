import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import type { ChannelKey } from '../contract/names.ts';
import { channelHost } from '../contract/names.ts';
import type { Addressable, ObjectReference } from './addressables.ts';
import { addressableOf, groupOf } from './addressables.ts';
import type { HooksConfig } from './config.ts';
import type { Fault } from './kafka-secret.ts';
import { isFault } from './kafka-secret.ts';

export type DeadLetterSink = NonNullable<NonNullable<KafkaChannel['spec']['delivery']>['deadLetterSink']>;

export interface SinkAddress {
  readonly uri: string;
  readonly CACerts?: string;
  readonly audience?: string;
}

export interface SinkContext {
  readonly channel: ChannelKey;
  readonly config: Pick<HooksConfig, 'clusterDomain' | 'addressables'>;
  /** Address of an object of a kind that is read; undefined where it is not known. */
  readonly read: (kind: Addressable, namespace: string, name: string) => SinkAddress | undefined;
}

/**
 * Address of a dead letter sink that is asked for, or why there is none. A relative uri is taken from the reference's address.
 * A Service, a Knative Service and a channel have the address that their name gives them; other kinds are read.
 */
export function resolveDeadLetterSink(sink: DeadLetterSink, context: SinkContext): SinkAddress | Fault {
  const base = sink.ref && addressOfRef(sink.ref, Boolean(sink.CACerts), context);
  if (base && isFault(base)) return base;
  const uri = joined(sink.uri, base?.uri);
  if (uri === undefined) return unresolved(base ? 'its uri, taken from its ref, is no http address' : 'its uri is no absolute http or https address');
  return { uri, ...given('CACerts', sink.CACerts ?? base?.CACerts), ...given('audience', sink.audience ?? base?.audience) };
}

/** A uri without a base is left as it is written. */
function joined(uri: string | undefined, base: string | undefined): string | undefined {
  if (!uri) return base;
  const resolved = base === undefined ? uri : URL.parse(uri, base)?.href;
  return resolved !== undefined && isHttpUrl(resolved) ? resolved : undefined;
}

function given<Name extends string>(name: Name, value: string | undefined): Partial<Record<Name, string>> {
  return value ? ({ [name]: value } as Record<Name, string>) : {};
}

function addressOfRef(ref: ObjectReference, tls: boolean, { channel, config, read }: SinkContext): SinkAddress | Fault {
  const { kind = '', name } = ref;
  const namespace = namespaceOf(ref, channel);
  if (!name) return unresolved('its ref has no name');
  const named = addressByName(ref, { namespace, name }, tls, config.clusterDomain);
  if (named !== undefined) return isHttpUrl(named) ? { uri: named } : unresolved('its ref cannot be a host name');
  const addressable = kindToRead(ref, { channel, config });
  if (!addressable) return unresolved(`the address of a ${kind || 'reference without a kind'} is not known here`);
  return readAddress(ref, addressable, { channel, read }) ?? { reason: 'DeadLetterSinkPending', message: `waiting for ${kind} "${namespace}/${name}" to have an address` };
}

/** Undefined where it is not known, or nothing can be sent there. */
function readAddress(ref: ObjectReference, kind: Addressable, { channel, read }: Pick<SinkContext, 'channel' | 'read'>): SinkAddress | undefined {
  const address = read(kind, namespaceOf(ref, channel), ref.name ?? '');
  return address && isHttpUrl(address.uri) ? address : undefined;
}

/** The kind of a reference whose name does not give its address, where it is one that is read. */
export function kindToRead(ref: ObjectReference, { channel, config }: Omit<SinkContext, 'read'>): Addressable | undefined {
  const { name } = ref;
  if (!name || addressByName(ref, { namespace: namespaceOf(ref, channel), name }, false, config.clusterDomain) !== undefined) return undefined;
  return addressableOf(ref, config.addressables);
}

/** The channel's where the reference says none, or an empty one. */
export function namespaceOf({ namespace }: ObjectReference, channel: ChannelKey): string {
  return namespace || channel.namespace;
}

/** What was read of a reference, for the channel's status: the object, and its address before a relative uri is added. */
export function noteOfRead(ref: ObjectReference, context: SinkContext): string | undefined {
  const kind = kindToRead(ref, context);
  const address = kind && readAddress(ref, kind, context);
  return address && `${objectId(kind, namespaceOf(ref, context.channel), ref.name ?? '')} ${address.uri}`;
}

/** The address in such a note, where it is of this object: a channel may have been given another sink since. */
export function addressInNote(note: unknown, kind: Addressable, namespace: string, name: string): SinkAddress | undefined {
  const start = `${objectId(kind, namespace, name)} `;
  return typeof note === 'string' && note.startsWith(start) ? { uri: note.slice(start.length) } : undefined;
}

function objectId({ kind, apiVersion }: Addressable, namespace: string, name: string): string {
  return `${kind}.${groupOf(apiVersion)}/${namespace}/${name}`;
}

function addressByName({ apiVersion = '', kind }: ObjectReference, target: ChannelKey, tls: boolean, clusterDomain: string): string | undefined {
  const host = `${target.name}.${target.namespace}.svc.${clusterDomain}`;
  if (kind === 'Service' && apiVersion === 'v1') return `${tls ? 'https' : 'http'}://${host}`;
  if (kind === 'Service' && apiVersion.startsWith('serving.knative.dev/')) return `http://${host}`;
  if (!apiVersion.startsWith('messaging.knative.dev/')) return undefined;
  if (kind === 'KafkaChannel') return `http://${channelHost(target, clusterDomain)}`;
  const short = channelHost(target, clusterDomain).startsWith(`${target.name}-`);
  return (kind === 'Channel' || kind === 'InMemoryChannel') && short ? `http://${channelHost(target, clusterDomain)}` : undefined;
}

function unresolved(why: string): Fault {
  return { reason: 'DeadLetterSinkUnresolved', message: `${why}: give an absolute address in delivery.deadLetterSink.uri` };
}

export function isAskedFor(sink: DeadLetterSink | undefined): sink is DeadLetterSink {
  return sink !== undefined && (sink.ref !== undefined || Boolean(sink.uri));
}

export function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && (url.protocol === 'http:' || url.protocol === 'https:') && url.hostname !== '';
}
