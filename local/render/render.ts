import { stringify } from 'yaml';

import type { HooksConfig } from '../../hooks/config.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { hookRoutes } from '../../hooks/routes.ts';
import { createLogger } from '../../runtime/log.ts';
import { clusterResolver } from '../addresses/cluster-resolver.ts';
import { applyManifests } from '../apply-manifests.ts';
import { kafkaSecretNames, kafkaSecretsOf, plainKafkaSecret } from '../cluster-objects.ts';
import { withDefaults } from '../manifests/load.ts';
import { titleOf } from '../manifests/manifest.ts';
import { autoscalingControllers, shippedControllers } from '../metacontroller/controllers.ts';
import { settle } from '../metacontroller/settle.ts';
import { ObjectStore } from '../metacontroller/store.ts';
import { publishSubscribers } from '../subscriptions.ts';
import { sorted, withoutBookkeeping } from './clean.ts';
import { modelKafka } from './model-kafka.ts';

export interface Rendered {
  /** Documents that `kubectl apply` takes. */
  readonly yaml: string;
  /** What was assumed, or could not be done, in words. */
  readonly remarks: readonly string[];
}

/** What the operator creates for manifests, on a Kafka that does what it is asked. */
export async function render(objects: readonly KubernetesObject[], config: HooksConfig): Promise<Rendered> {
  const secrets = kafkaSecretsOf(objects).filter(({ metadata }) => metadata.namespace === config.systemNamespace);
  const assumed = secrets.length > 0 ? [] : kafkaSecretNames(objects).map((name) => plainKafkaSecret(name, config.systemNamespace, 'kafka.example:9092'));
  const store = new ObjectStore(withDefaults);
  const listed = applyManifests(store, [...objects, ...assumed], config.systemNamespace);
  const unresolved = publishSubscribers(store, clusterResolver(config.clusterDomain), listed);
  const routes = hookRoutes({ config, kafka: modelKafka(), logger: createLogger('hooks', 'silent'), now: () => new Date(0) });
  await settle([...shippedControllers(), ...autoscalingControllers()], store, async (path, body) => (await routes.get(path)?.(body)) ?? {});
  const created = store.all().filter(({ metadata }) => (metadata.ownerReferences ?? []).length > 0);
  return {
    yaml: sorted(created).map((object) => `---\n${stringify(withoutBookkeeping(object), { lineWidth: 0, aliasDuplicateObjects: false })}`).join(''),
    remarks: [
      ...assumed.map(({ metadata }) => `no labelled Secret is in the files: assumed that ${config.systemNamespace}/${metadata.name} describes the Kafka`),
      ...(objects.some(({ kind }) => kind === 'Subscription') ? ['the uids of the Subscriptions are made up, and with them the names of their groups: a cluster gives its own'] : []),
      ...[...unresolved].map(([name, why]) => `Subscription ${name} is left out: ${why}`),
      ...troubles(store),
    ],
  };
}

/** Channels that the hooks find fault with. */
function troubles(store: ObjectStore): string[] {
  return store.list('messaging.knative.dev/v1', 'KafkaChannel').flatMap((channel) => {
    const { conditions = [] } = (channel['status'] ?? {}) as { conditions?: { type: string; status: string; message?: string }[] };
    const fault = conditions.find(({ type, status }) => type === 'ConfigurationReady' && status === 'False');
    return fault ? [`${titleOf(channel)} will not become ready: ${fault.message ?? ''}`] : [];
  });
}
