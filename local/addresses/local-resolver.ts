import type { ChannelKey } from '../../contract/names.ts';
import { channelOfHost } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { idOf, keyOf } from '../metacontroller/resources.ts';
import { selects } from '../metacontroller/selector.ts';
import type { ObjectStore } from '../metacontroller/store.ts';
import { containerPort, movablePorts, templateOf } from '../pods/plan.ts';
import type { AssignedPorts } from '../ports/assigned.ts';
import type { AddressResolver } from './resolver.ts';
import { clusterHost, servicePort } from './resolver.ts';

/** Addresses of what runs on this machine. `channelUrl` is where events for a channel go. */
export function localResolver(store: ObjectStore, ports: AssignedPorts, channelUrl: (channel: ChannelKey) => string | undefined): AddressResolver {
  const ofService = (namespace: string, name: string, port: number): string | undefined => {
    const found = servicePort(store.get({ apiVersion: 'v1', kind: 'Service', namespace, name }), port);
    const deployment = found && deploymentOf(store, namespace, found.selector);
    const local = deployment && localPort(deployment, found.targetPort, ports);
    return local === undefined ? undefined : `http://127.0.0.1:${local}`;
  };
  const ofChannel = (namespace: string, name: string): string | undefined => channelUrl({ namespace, name });
  const ofUri = (uri: string): string => {
    const url = URL.parse(uri);
    const host = url && clusterHost(url);
    if (!url || !host) return uri;
    const channel = channelOfHost(url.host);
    const local = ofService(host.namespace, host.name, Number(url.port || 80)) ?? (channel && ofChannel(channel.namespace, channel.name));
    return local === undefined ? uri : `${local}${url.pathname === '/' ? '' : url.pathname}${url.search}`;
  };
  return { ofService, ofChannel, ofUri };
}

function deploymentOf(store: ObjectStore, namespace: string, selector: Readonly<Record<string, string>>): KubernetesObject | undefined {
  return store.list('apps/v1', 'Deployment').find((deployment) => deployment.metadata.namespace === namespace && selects({ matchLabels: selector }, templateOf(deployment).metadata?.labels));
}

function localPort(deployment: KubernetesObject, targetPort: number | string, ports: AssignedPorts): number | undefined {
  const [container] = templateOf(deployment).spec.containers;
  const port = containerPort(container, targetPort);
  if (port === undefined) return undefined;
  return movablePorts(container).includes(port) ? ports.of(keyOf(idOf(deployment)), port) : port;
}
