import type { Service } from 'kubernetes-types/core/v1.js';

import type { ChannelKey } from '../../contract/names.ts';
import { applicationName, channelServiceName, label, receiverHost } from '../../contract/names.ts';
import type { HooksConfig } from '../config.ts';

/** The alias of the receiver in the channel's namespace: where senders go. The receiver knows the channel by this host name. */
export function channelService(channel: ChannelKey, kafkaSecret: string, { systemNamespace, clusterDomain }: HooksConfig): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: channel.namespace, name: channelServiceName(channel.name), labels: { 'messaging.knative.dev/role': 'kafka-channel', [label.name]: applicationName } },
    spec: {
      type: 'ExternalName',
      externalName: receiverHost(kafkaSecret, systemNamespace, clusterDomain),
      ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 80 }],
    },
  };
}
