import type { ResourceRequirements } from 'kubernetes-types/core/v1.js';

import type { ResourceName } from './container-resources.ts';
import { requestedOverLimit, resourceNames } from './container-resources.ts';
import { canonicalQuantity, parseQuantity } from './quantity.ts';
import { objectOf, yamlSetting } from './yaml-setting.ts';

const variable = 'RECEIVER_RESOURCES';
const quantities = objectOf(Object.fromEntries(resourceNames.map((name) => [name, { type: ['string', 'number'] }])));
const schema = objectOf({ requests: quantities, limits: quantities });

type Asked = Readonly<Partial<Record<'requests' | 'limits', Readonly<Partial<Record<ResourceName, string | number>>>>>>;

/** `requests: {cpu: 100m}` and `limits: {memory: 1Gi}`, as the API server keeps them. Throws an error for what it would refuse. */
export function parseReceiverResources(text: string): ResourceRequirements {
  const asked = yamlSetting(variable, text, schema) as Asked;
  for (const [part, amounts] of Object.entries(asked)) {
    const wrong = Object.entries(amounts).find(([, quantity]) => parseQuantity(quantity) === undefined)?.[0];
    if (wrong !== undefined) throw new Error(`${variable}: ${part}.${wrong} is no quantity: write it like 500m or 256Mi`);
  }
  const { requests = {}, limits = {} } = asked;
  const over = requestedOverLimit(asked);
  if (over) throw new Error(`${variable}: requests.${over} is more than the limit: ask for less, or raise the limit`);
  return canonical({ requests, limits });
}

/** Without what is empty, which the API server leaves out. */
function canonical(asked: Required<Asked>): ResourceRequirements {
  const parts = Object.entries(asked).filter(([, amounts]) => Object.keys(amounts).length > 0);
  return Object.fromEntries(parts.map(([part, amounts]) => [part, Object.fromEntries(Object.entries(amounts).map(([name, quantity]) => [name, canonicalQuantity(quantity)]))]));
}
