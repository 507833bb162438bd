import type { KubernetesObject, ObjectGroups, RelatedRule } from '../../hooks/metacontroller.ts';
import type { Controller, ResourceRule } from './controllers.ts';
import { groupOf, isClusterScoped, kindOf } from './resources.ts';
import { selects } from './selector.ts';
import type { ObjectStore } from './store.ts';

export interface SyncRequest {
  readonly parent?: KubernetesObject;
  readonly object?: KubernetesObject;
  readonly children?: ObjectGroups;
  readonly attachments?: ObjectGroups;
  readonly related: ObjectGroups;
  readonly finalizing: boolean;
}

/** The parents of a controller. */
export function parentsOf(controller: Controller, store: ObjectStore): KubernetesObject[] {
  const { apiVersion, resource, labelSelector } = controller.parent;
  return store.list(apiVersion, kindOf(resource)).filter(({ metadata }) => selects(labelSelector, metadata.labels)).map((object) => ({ ...object, apiVersion }));
}

/** The body of a sync or finalize request, version v2, as the recorded requests have it. */
export function syncRequest(controller: Controller, parent: KubernetesObject, rules: readonly RelatedRule[], store: ObjectStore): SyncRequest {
  const children = groups(controller.children, (rule) => ownedBy(parent, rule, store));
  const rest = { related: groups(rules, (rule) => relatedBy(rule, store)), finalizing: parent.metadata.deletionTimestamp !== undefined };
  return controller.type === 'composite' ? { parent, children, ...rest } : { object: parent, attachments: children, ...rest };
}

export function ownedBy(parent: KubernetesObject, rule: ResourceRule, store: ObjectStore): KubernetesObject[] {
  const all = store.list(rule.apiVersion, kindOf(rule.resource));
  return all.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === parent.metadata.uid) ?? false);
}

function relatedBy({ apiVersion, resource, namespace, names, labelSelector }: RelatedRule, store: ObjectStore): KubernetesObject[] {
  return store.list(apiVersion, kindOf(resource)).filter(({ metadata }) => {
    const here = namespace === undefined || namespace === '' || metadata.namespace === namespace;
    return here && (!names?.length || names.includes(metadata.name)) && selects(labelSelector, metadata.labels);
  });
}

function groups<Rule extends ResourceRule>(rules: readonly Rule[], find: (rule: Rule) => KubernetesObject[]): ObjectGroups {
  const result: Record<string, Record<string, KubernetesObject>> = {};
  for (const rule of rules) {
    const group = (result[`${kindOf(rule.resource)}.${rule.apiVersion}`] ??= {});
    for (const object of find(rule)) {
      const sameGroup = groupOf(object.apiVersion) === groupOf(rule.apiVersion);
      group[nameIn(object)] = sameGroup ? { ...object, apiVersion: rule.apiVersion } : object;
    }
  }
  return result;
}

function nameIn({ kind, metadata }: KubernetesObject): string {
  return isClusterScoped(kind) ? metadata.name : `${metadata.namespace ?? ''}/${metadata.name}`;
}
