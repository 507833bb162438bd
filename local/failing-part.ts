import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import { dispatcherName } from '../contract/names.ts';
import { movablePorts, templateOf } from './pods/plan.ts';
import { idOf, keyOf } from './metacontroller/resources.ts';
import type { Miss } from './sample.ts';
import type { Started } from './start.ts';

/** Log file of what keeps an event from its subscriber: the subscriber's own where it runs here and was asked, else the dispatcher's. */
export function logOfFailingPart({ store, cluster, ports }: Started, miss: Miss): string | undefined {
  const deployments = store.list('apps/v1', 'Deployment');
  const [namespace = '', name = ''] = miss.channel.split('/');
  const channel = store.get({ apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', namespace, name });
  const { subscribers = [] } = (channel?.['spec'] ?? {}) as Partial<KafkaChannel['spec']>;
  const port = Number(URL.parse(subscribers.find(({ uid }) => uid === miss.uid)?.subscriberUri ?? '')?.port);
  const theirs = deployments.find((deployment) => movablePorts(templateOf(deployment).spec.containers[0]).some((number) => ports.of(keyOf(idOf(deployment)), number) === port));
  const part = (miss.asked ? theirs : undefined) ?? deployments.find(({ metadata }) => metadata.name === dispatcherName({ namespace, name }));
  return part && cluster.deployments.stateOf(part)?.logFile;
}
