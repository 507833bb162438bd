import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import { dispatcherName } from '../contract/names.ts';
import type { KubernetesObject } from '../hooks/metacontroller.ts';
import { movablePorts, templateOf } from './pods/plan.ts';
import { idOf, keyOf } from './metacontroller/resources.ts';
import type { Miss } from './sample.ts';
import type { Started } from './start.ts';

/** Log file of what keeps an event from its subscriber: the subscriber's own where it runs here and was asked, else the dispatcher's. */
export function logOfFailingPart({ store, cluster, ports }: Started, miss: Miss): string | undefined {
  const deployments = store.list('apps/v1', 'Deployment');
  const [namespace = '', name = ''] = miss.channel.split('/');
  const port = miss.asked ? subscriberPort(store.get({ apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', namespace, name }), miss.uid) : undefined;
  const theirs = deployments.find((deployment) => movablePorts(templateOf(deployment).spec.containers[0]).some((number) => ports.of(keyOf(idOf(deployment)), number) === port));
  const part = theirs ?? deployments.find(({ metadata }) => metadata.name === dispatcherName({ namespace, name }));
  return part && cluster.deployments.of(part)?.logFile;
}

/** NaN, which is no port, where the subscriber has no address. */
function subscriberPort(channel: KubernetesObject | undefined, uid: string | undefined): number {
  const { subscribers = [] } = (channel?.['spec'] ?? {}) as Partial<KafkaChannel['spec']>;
  return Number(URL.parse(subscribers.find((subscriber) => subscriber.uid === uid)?.subscriberUri ?? '')?.port);
}
