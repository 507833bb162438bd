import type { KubernetesObject } from '../../hooks/metacontroller.ts';

/** Where an object that takes events can be reached; undefined where it cannot (yet). */
export interface AddressResolver {
  ofService(namespace: string, name: string, port: number): string | undefined;
  ofChannel(namespace: string, name: string): string | undefined;
  /** An absolute address as it can be reached from here. */
  ofUri(uri: string): string;
}

/** Knative's Destination: an object, an address, or an address relative to an object's. */
export interface Destination {
  readonly ref?: { readonly apiVersion?: string; readonly kind: string; readonly name: string; readonly namespace?: string };
  readonly uri?: string;
}

/** The address of a destination, or undefined where it cannot be had. */
export function resolveDestination(destination: Destination | undefined, namespace: string, resolver: AddressResolver): string | undefined {
  if (!destination) return undefined;
  const { ref, uri } = destination;
  if (!ref) return uri === undefined ? undefined : resolver.ofUri(uri);
  const base = addressOfRef(ref, namespace, resolver);
  if (base === undefined || uri === undefined) return base;
  return new URL(uri, base.endsWith('/') ? base : `${base}/`).href;
}

function addressOfRef({ kind, name, namespace: other, apiVersion = '' }: NonNullable<Destination['ref']>, namespace: string, resolver: AddressResolver): string | undefined {
  if (kind === 'Service' && !apiVersion.includes('/')) return resolver.ofService(other ?? namespace, name, 80);
  if (kind === 'KafkaChannel') return resolver.ofChannel(other ?? namespace, name);
  return undefined;
}

/** The Service or channel that a cluster address names: `http://<name>.<namespace>[.svc[.<domain>]][:port]`. */
export function clusterHost(url: URL): { name: string; namespace: string } | undefined {
  const [name, namespace, svc] = url.hostname.split('.');
  if (!name || !namespace || (svc !== undefined && svc !== 'svc') || /^[\d.]+$/.test(url.hostname)) return undefined;
  return { name, namespace };
}

/** Port of a Service by number: that of the container behind it. */
export function servicePort(service: KubernetesObject | undefined, port: number): { selector: Readonly<Record<string, string>>; targetPort: number | string } | undefined {
  const { selector, ports = [] } = (service?.['spec'] ?? {}) as { selector?: Record<string, string>; ports?: { port: number; targetPort?: number | string }[] };
  const found = ports.find((entry) => entry.port === port) ?? (ports.length === 1 ? ports[0] : undefined);
  return selector && found ? { selector, targetPort: found.targetPort ?? found.port } : undefined;
}
