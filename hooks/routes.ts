import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import type { KafkaConsumerGroup } from '../contract/generated/kafkaconsumergroup.ts';
import type { KafkaTopic } from '../contract/generated/kafkatopic.ts';
import type { HookDependencies } from './dependencies.ts';
import { timestamp } from './dependencies.ts';
import { syncDeployment } from './deployment/sync.ts';
import { customizeKafkaChannel } from './kafkachannel/customize.ts';
import { markSubscribable } from './kafkachannel/subscribable.ts';
import { syncKafkaChannel } from './kafkachannel/sync.ts';
import { customizeKafkaConsumerGroup } from './kafkaconsumergroup/customize.ts';
import { finalizeKafkaConsumerGroup } from './kafkaconsumergroup/finalize.ts';
import { syncKafkaConsumerGroup } from './kafkaconsumergroup/sync.ts';
import { customizeKafkaTopic } from './kafkatopic/customize.ts';
import { finalizeKafkaTopic } from './kafkatopic/finalize.ts';
import { syncKafkaTopic } from './kafkatopic/sync.ts';
import type { CompositeAnswer, CustomizeAnswer, DecoratorAnswer, KubernetesObject } from './metacontroller.ts';
import { customizeNamespace } from './namespace/customize.ts';
import { syncNamespace } from './namespace/sync.ts';
import { customizePod } from './pod/customize.ts';
import { syncPod } from './pod/sync.ts';
import { compositeRequest, customizeRequest, decoratorRequest } from './request.ts';
import { customizeSecret } from './secret/customize.ts';
import { syncSecret } from './secret/sync.ts';

export type HookAnswer = CustomizeAnswer | CompositeAnswer | DecoratorAnswer;

/** One hook: the body of a request -> its answer. Throws MalformedRequestError for what is no request; anything else that is thrown means that it cannot decide. */
export type Hook = (body: unknown) => Promise<HookAnswer>;

/** Every hook by its path, `/<controller>/<hook>`. Served over HTTP by the app, called in process by local mode. */
export function hookRoutes(dependencies: HookDependencies): ReadonlyMap<string, Hook> {
  const { config, now, objects } = dependencies;
  const routes: Record<string, (body: unknown) => HookAnswer | Promise<HookAnswer>> = {
    '/kafkachannel/customize': (body) => customizeKafkaChannel(customizeRequest<KafkaChannel>(body), config),
    '/kafkachannel/sync': (body) => syncKafkaChannel(compositeRequest<KafkaChannel>(body), config, timestamp(now())),
    '/kafkachannel/subscribable': (body) => {
      decoratorRequest(body);
      return markSubscribable();
    },
    '/namespace/customize': (body) => customizeNamespace(customizeRequest(body), config),
    '/namespace/sync': (body) => {
      const request = decoratorRequest<KubernetesObject>(body);
      const answer = syncNamespace(request, config);
      objects?.tell(request);
      return answer;
    },
    '/secret/customize': (body) => customizeSecret(customizeRequest(body), config),
    '/secret/sync': (body) => syncSecret(decoratorRequest(body), config),
    '/kafkatopic/customize': (body) => customizeKafkaTopic(customizeRequest<KafkaTopic>(body), config),
    '/kafkatopic/sync': (body) => syncKafkaTopic(compositeRequest<KafkaTopic>(body), dependencies),
    '/kafkatopic/finalize': (body) => finalizeKafkaTopic(compositeRequest<KafkaTopic>(body), dependencies),
    '/kafkaconsumergroup/customize': (body) => customizeKafkaConsumerGroup(customizeRequest<KafkaConsumerGroup>(body), config),
    '/kafkaconsumergroup/sync': (body) => syncKafkaConsumerGroup(compositeRequest<KafkaConsumerGroup>(body), dependencies),
    '/kafkaconsumergroup/finalize': (body) => finalizeKafkaConsumerGroup(compositeRequest<KafkaConsumerGroup>(body), dependencies),
    '/deployment/sync': (body) => syncDeployment(decoratorRequest(body), config),
    '/pod/customize': (body) => customizePod(customizeRequest(body), config),
    '/pod/sync': (body) => syncPod(decoratorRequest(body), config),
  };
  return new Map(Object.entries(routes).map(([path, decide]) => [path, async (body: unknown) => await decide(body)]));
}
