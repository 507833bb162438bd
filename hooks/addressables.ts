import type { SinkAddress } from './dead-letter-sink.ts';
import type { KubernetesObject, ObjectGroups, RelatedRule } from './metacontroller.ts';

/** A kind whose objects say their address in `status.address`, and that is read where a dead letter sink refers to one. */
export interface Addressable {
  readonly kind: string;
  readonly apiVersion: string;
  readonly resource: string;
}

export interface ObjectReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** `Broker=brokers.v1.eventing.knative.dev`, several separated by commas: the kind, and kubectl's name of its resource. Throws an error naming the entry that is none. */
export function parseAddressables(text: string): Addressable[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [, kind = '', resource = '', version = '', group = ''] = /^([A-Z]\w*)=([a-z]+)\.(v\w+)\.([a-z0-9.-]+)$/.exec(entry) ?? [];
      if (kind === '') throw new Error(`ADDRESSABLES: "${entry}" is not of the form Broker=brokers.v1.eventing.knative.dev: mend it`);
      return { kind, apiVersion: `${group}/${version}`, resource };
    });
}

/** The kind of a reference, whatever its version, where it is one that is read. */
export function addressableOf({ apiVersion = '', kind }: ObjectReference, addressables: readonly Addressable[]): Addressable | undefined {
  return addressables.find((each) => each.kind === kind && groupOf(each.apiVersion) === groupOf(apiVersion));
}

export function addressableRule({ apiVersion, resource }: Addressable, namespace: string, name: string): RelatedRule {
  return { apiVersion, resource, namespace, names: [name] };
}

/** What an object that was read says of its address; undefined where it was not found, or has none yet. */
export function observedAddress({ kind, apiVersion }: Addressable, related: ObjectGroups | null, namespace: string, name: string): SinkAddress | undefined {
  const byName = related?.[`${kind}.${apiVersion}`] ?? {};
  const object: KubernetesObject | undefined = Object.hasOwn(byName, `${namespace}/${name}`) ? byName[`${namespace}/${name}`] : undefined;
  const address = (object?.['status'] as { address?: { url?: unknown; CACerts?: unknown; audience?: unknown } } | undefined)?.address;
  if (typeof address?.url !== 'string') return undefined;
  return {
    uri: address.url,
    ...(typeof address.CACerts === 'string' && { CACerts: address.CACerts }),
    ...(typeof address.audience === 'string' && { audience: address.audience }),
  };
}

export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}
