import type { Service } from 'kubernetes-types/core/v1.js';

import { port } from '../../contract/mounts.ts';
import { receiverName } from '../../contract/names.ts';
import type { HooksConfig } from '../config.ts';
import { receiverLabels } from './receiver-labels.ts';

/** Where the Services of the channels on this Kafka point to. */
export function receiverService(secretName: string, { systemNamespace }: HooksConfig): Service {
  const labels = receiverLabels(secretName);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: systemNamespace, name: receiverName(secretName), labels },
    spec: { selector: labels, ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: port.receiver }] },
  };
}
