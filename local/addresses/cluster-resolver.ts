import { channelHost } from '../../contract/names.ts';
import type { AddressResolver } from './resolver.ts';

/** Addresses as Knative resolves them in a cluster. */
export function clusterResolver(clusterDomain: string): AddressResolver {
  return {
    ofService: (namespace, name) => `http://${name}.${namespace}.svc.${clusterDomain}`,
    ofChannel: (namespace, name) => `http://${channelHost({ namespace, name }, clusterDomain)}`,
    ofUri: (uri) => uri,
  };
}
