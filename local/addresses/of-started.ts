import { port } from '../../contract/mounts.ts';
import { idOf, keyOf } from '../metacontroller/resources.ts';
import { partOf, templateOf } from '../pods/plan.ts';
import type { Started } from '../start.ts';
import type { StateFolder } from '../state/folder.ts';
import type { Address } from './block.ts';
import { addressLines, curlLine } from './block.ts';

/** The lines that say where everything is, and a command that sends an event. */
export function addressBlock({ cluster, store, ports, kafka }: Started, folder: StateFolder): string[] {
  const channels = store
    .list('messaging.knative.dev/v1', 'KafkaChannel')
    .map(({ metadata: { namespace = '', name } }) => ({ name: `Channel ${namespace}/${name}`, address: (cluster.channelUrl({ namespace, name }) ?? '').replace('127.0.0.1', 'localhost') }));
  const metrics = store.list('apps/v1', 'Deployment').flatMap((deployment): Address[] => {
    const part = partOf(templateOf(deployment));
    const number = ports.of(keyOf(idOf(deployment)), port.management);
    return part === 'user' || number === undefined ? [] : [{ name: `Metrics of ${part}`, address: `http://localhost:${number}/metrics` }];
  });
  const others = [{ name: 'Kafka', address: kafka.bootstrap }, ...metrics.slice(0, 4), { name: 'State', address: folder.path }, { name: 'Logs', address: folder.logs }];
  return [...addressLines(channels, others), curlLine(channels[0]?.address ?? '')];
}
