import { hookRoutes } from '../hooks/routes.ts';
import { hooksConfig, hooksEnvironmentSchema } from '../hooks/config.ts';
import { KafkaClients } from '../hooks/kafka/kafka-clients.ts';
import { readEnv } from '../runtime/env.ts';
import { createLogger } from '../runtime/log.ts';
import type { HookCall } from './metacontroller/reconcile.ts';
import { images } from './pods/plan.ts';

export interface HooksInProcess {
  readonly call: HookCall;
  close(): Promise<void>;
}

/** The operator's own hooks, asked without a network between. */
export function hooksInProcess(systemNamespace: string): HooksInProcess {
  const logger = createLogger('hooks', 'silent');
  const kafka = new KafkaClients({ timeoutMs: 4000, logger });
  const environment = { SYSTEM_NAMESPACE: systemNamespace, RECEIVER_IMAGE: images.receiver, RECEIVER_REPLICAS: '1', DISPATCHER_IMAGE: images.dispatcher, ADDRESSABLES: '' };
  const config = hooksConfig(readEnv(environment, hooksEnvironmentSchema));
  const routes = hookRoutes({ config, kafka, logger, now: () => new Date() });
  return {
    call: async (path, body) => {
      const route = routes.get(path);
      if (!route) throw new Error(`metacontroller/controllers.yaml names hook ${path}, which hooks/ does not serve`);
      return await route(body);
    },
    close: () => kafka.close(),
  };
}
