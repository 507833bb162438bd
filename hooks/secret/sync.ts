import { receiverName } from '../../contract/names.ts';
import { findingOf } from '../channel-state.ts';
import { answeredChildren } from '../children.ts';
import type { HooksConfig } from '../config.ts';
import { deploymentCheck } from '../deployment-check.ts';
import { isKafkaSecret } from '../kafka-secret.ts';
import type { DecoratorAnswer, DecoratorRequest } from '../metacontroller.ts';
import { demandObserved, observed, observedNamed } from '../observed.ts';
import { receiverConfigMap } from './configmap.ts';
import { receiverDeployment } from './deployment.ts';
import { receiverDisruptionBudget } from './pod-disruption-budget.ts';
import { receiverService } from './service.ts';

/**
 * A labelled Secret in the system namespace -> the receiver of its Kafka. Anywhere else a Secret with that label is a tenant's, and nothing is made of it.
 * The Secret's content is not looked at: a mistake in it is told by the channels, and takes no running receiver away (H7).
 */
export function syncSecret({ object, attachments, related }: DecoratorRequest, config: HooksConfig): DecoratorAnswer {
  const { namespace, name } = object.metadata;
  if (namespace !== config.systemNamespace || !isKafkaSecret(object)) return { attachments: [] };
  demandObserved(related, 'KafkaTopic.knative-kafka.io');
  const topics = observed(related, 'KafkaTopic.knative-kafka.io');
  const deployment = observedNamed(attachments, 'Deployment.apps', namespace, receiverName(name));
  const receiver = findingOf(deploymentCheck('ReceiverReady', receiverName(name), deployment, config.receiverReplicas));
  const children = [receiverConfigMap(name, topics, config), receiverDeployment(name, config, deployment), receiverService(name, receiver, config), receiverDisruptionBudget(name, config)];
  return { attachments: answeredChildren(children, attachments) };
}
