import type { Service } from 'kubernetes-types/core/v1.js';

import { port } from '../../contract/mounts.ts';
import { receiverName } from '../../contract/names.ts';
import type { Finding } from '../channel-state.ts';
import { stateNote } from '../channel-state.ts';
import type { HooksConfig } from '../config.ts';
import { receiverLabels } from './receiver-labels.ts';

/** Where the Services of the channels on this Kafka point to, with a note of whether anything answers there, for the hook that tells it in their status. */
export function receiverService(secretName: string, receiver: Finding, { systemNamespace }: HooksConfig): Service {
  const labels = receiverLabels(secretName);
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace: systemNamespace, name: receiverName(secretName), labels, annotations: stateNote(receiver) },
    spec: { selector: labels, ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: port.receiver }] },
  };
}
