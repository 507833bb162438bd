import { port } from '../../contract/mounts.ts';
import { label } from '../../contract/names.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { idOf, keyOf } from '../metacontroller/resources.ts';
import type { Part } from '../pods/plan.ts';
import { partOf, templateOf } from '../pods/plan.ts';
import type { AssignedPorts } from '../ports/assigned.ts';
import type { Started } from '../start.ts';
import type { StateFolder } from '../state/folder.ts';
import type { Address } from './block.ts';
import { addressLines, curlLine } from './block.ts';

/** The lines that say where everything is, and a command that sends an event. */
export function addressBlock({ cluster, store, ports, kafka }: Started, folder: StateFolder): string[] {
  const channels = store
    .list('messaging.knative.dev/v1', 'KafkaChannel')
    .map(({ metadata: { namespace = '', name } }) => ({ name: `Channel ${namespace}/${name}`, address: (cluster.channelUrl({ namespace, name }) ?? '').replace('127.0.0.1', 'localhost') }));
  // The receiver's first.
  const ofPart = (part: Part): Address[] => store.list('apps/v1', 'Deployment').flatMap((deployment) => (partOf(templateOf(deployment)) === part ? metricsOf(deployment, ports) : []));
  const metrics = [...ofPart('receiver'), ...ofPart('dispatcher')].slice(0, 4);
  const others = [{ name: 'Kafka', address: kafka.bootstrap }, ...metrics, { name: 'State', address: folder.path }, { name: 'Logs', address: folder.logs }];
  return [...addressLines(channels, others), curlLine(channels[0]?.address ?? '')];
}

function metricsOf(deployment: KubernetesObject, ports: AssignedPorts): Address[] {
  const number = ports.of(keyOf(idOf(deployment)), port.management);
  if (number === undefined) return [];
  const { [label.channelNamespace]: namespace, [label.channel]: channel } = deployment.metadata.labels ?? {};
  return [{ name: channel === undefined ? 'Metrics receiver' : `Metrics ${namespace ?? ''}/${channel}`, address: `http://localhost:${number}/metrics` }];
}
