import type { PodSpec, Toleration } from 'kubernetes-types/core/v1.js';

import { affinitySchema } from './affinity-schema.ts';
import { objectOf, someText, yamlSetting } from './yaml-setting.ts';

/** Where the pods of receivers and dispatchers run and whence their images come. What they are and what they may do is not for settings. */
export type DataPlanePod = Readonly<Pick<PodSpec, 'nodeSelector' | 'tolerations' | 'affinity' | 'priorityClassName' | 'imagePullSecrets'>>;

const variable = 'DATA_PLANE_POD';

const toleration = objectOf({
  key: someText,
  operator: { enum: ['Exists', 'Equal'] },
  value: someText,
  effect: { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] },
  tolerationSeconds: { type: 'integer' },
});

const schema = objectOf({
  nodeSelector: { type: 'object', additionalProperties: { type: 'string' } },
  tolerations: { type: 'array', items: toleration },
  affinity: affinitySchema,
  priorityClassName: { type: 'string' },
  imagePullSecrets: { type: 'array', uniqueItems: true, items: objectOf({ name: someText }, 'name') },
});

/** Without what is empty, which the API server leaves out. Throws an error naming the first key that is not taken, or has no such value. */
export function parseDataPlanePod(text: string): DataPlanePod {
  const given = yamlSetting(variable, text, schema) as DataPlanePod;
  for (const [index, each] of (given.tolerations ?? []).entries()) {
    const fault = tolerationFault(each);
    if (fault !== undefined) throw new Error(`${variable}: tolerations.${index}: ${fault}`);
  }
  return Object.fromEntries(Object.entries(given).filter(([, value]) => Object.keys(value).length > 0));
}

/** What the API server would refuse, and with it every pod. */
function tolerationFault({ key, operator = 'Equal', value, effect, tolerationSeconds }: Toleration): string | undefined {
  if (key === undefined && operator === 'Equal') return 'it has no key: name one, or set operator to Exists';
  if (operator === 'Exists' && value !== undefined) return 'operator Exists has no value: leave the value out';
  if (tolerationSeconds !== undefined && effect !== 'NoExecute') return 'tolerationSeconds is for effect NoExecute: set it, or leave the seconds out';
  return undefined;
}
