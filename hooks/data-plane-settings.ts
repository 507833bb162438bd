import type { EnvVar } from 'kubernetes-types/core/v1.js';

import { dispatcherSettings, receiverSettings } from '../contract/data-plane-settings.ts';
import { objectOf, yamlSetting } from './yaml-setting.ts';

/** `{WORKERS: 2}` as variables of every receiver. Throws an error for what a receiver would not start with. */
export function parseReceiverSettings(text: string): EnvVar[] {
  return variables('RECEIVER_SETTINGS', text, receiverSettings);
}

/** `{FETCH_BUDGET_BYTES: 33554432}` as variables of every dispatcher. Throws an error for what a dispatcher would not start with. */
export function parseDispatcherSettings(text: string): EnvVar[] {
  return variables('DISPATCHER_SETTINGS', text, dispatcherSettings);
}

/** In the order of the schemas: one that is only written in another restarts no pod. */
function variables(setting: string, text: string, schemas: Readonly<Record<string, object>>): EnvVar[] {
  const given = yamlSetting(setting, text, objectOf(schemas)) as Readonly<Record<string, number | boolean>>;
  return Object.keys(schemas).flatMap((name) => (given[name] === undefined ? [] : [{ name, value: String(given[name]) }]));
}
