import type { Autoscaler } from './autoscaler.ts';
import { canonicalQuantity, parseQuantity } from './quantity.ts';
import { objectOf, yamlSetting } from './yaml-setting.ts';

const replicas = { type: 'integer', minimum: 1, maximum: 10_000 };
const cpu = { type: ['string', 'number'] };
const ofReceivers = objectOf({ maxReplicas: replicas, cpu }, 'maxReplicas', 'cpu');
const ofDispatchers = objectOf({ minReplicas: replicas, maxReplicas: replicas, cpu }, 'minReplicas', 'maxReplicas', 'cpu');

/** `{maxReplicas: 10, cpu: 500m}`, beside the fewest receivers there are; undefined without text. Throws an error for what no autoscaler can be made of. */
export function parseReceiverAutoscaler(text: string, minReplicas: number): Autoscaler | undefined {
  const variable = 'RECEIVER_AUTOSCALER';
  if (text.trim() === '') return undefined;
  if (minReplicas === 0) throw new Error(`${variable}: RECEIVER_REPLICAS, the fewest, is 0: raise it, or leave the autoscaler out`);
  return checked(variable, { minReplicas, ...(yamlSetting(variable, text, ofReceivers) as Omit<Autoscaler, 'minReplicas'>) }, 'RECEIVER_REPLICAS');
}

/** `{minReplicas: 1, maxReplicas: 10, cpu: 500m}`, as above. */
export function parseDispatcherAutoscaler(text: string): Autoscaler | undefined {
  const variable = 'DISPATCHER_AUTOSCALER';
  return text.trim() === '' ? undefined : checked(variable, yamlSetting(variable, text, ofDispatchers) as Autoscaler, 'minReplicas');
}

/** `fewest` is where the fewest replicas are given. */
function checked(variable: string, { minReplicas, maxReplicas, cpu: asked }: Autoscaler, fewest: string): Autoscaler {
  if (maxReplicas < minReplicas) throw new Error(`${variable}: maxReplicas is less than ${fewest}: raise it`);
  if (!parseQuantity(asked)) throw new Error(`${variable}: cpu is no amount of CPU: write it like 500m`);
  return { minReplicas, maxReplicas, cpu: canonicalQuantity(asked) };
}
