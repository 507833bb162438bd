import type { CompositeAnswer, CustomizeAnswer, DecoratorAnswer, KubernetesObject, RelatedRule } from '../../hooks/metacontroller.ts';
import { withoutField } from '../without-field.ts';
import { applyChildren } from './apply.ts';
import type { Controller } from './controllers.ts';
import type { SyncRequest } from './request.ts';
import { syncRequest } from './request.ts';
import { idOf } from './resources.ts';
import type { ObjectStore } from './store.ts';

/** A hook by its path, called in process. */
export type HookCall = (path: string, body: object) => Promise<object>;

/** What is to be done for one parent, found out without asking its sync hook. */
export interface Visit {
  readonly parent: KubernetesObject;
  readonly request: SyncRequest;
  /** Changes when, and only when, the hook is to be asked again. */
  readonly fingerprint: string;
}

/** Prepares a visit: sees to the finalizer, asks the customize hook, collects children and related objects. Undefined: nothing to do for this parent. */
export async function prepare(controller: Controller, parent: KubernetesObject, store: ObjectStore, call: HookCall): Promise<Visit | undefined> {
  if (parent.metadata.deletionTimestamp !== undefined && controller.hooks.finalize === undefined) return undefined;
  if (controller.hooks.finalize !== undefined && parent.metadata.deletionTimestamp === undefined) addFinalizer(controller, parent, store);
  const current = { ...(store.get(idOf(parent)) ?? parent), apiVersion: parent.apiVersion };
  const rules = await relatedRules(controller, current, call);
  const request = syncRequest(controller, current, rules, store);
  return { parent: current, request, fingerprint: fingerprintOf(controller, current, request) };
}

/** Asks the sync (or finalize) hook and makes its answer true. Returns the seconds after which it wants to be asked again, if any. */
export async function visit(controller: Controller, { parent, request }: Visit, store: ObjectStore, call: HookCall): Promise<number | undefined> {
  const path = request.finalizing ? (controller.hooks.finalize ?? controller.hooks.sync) : controller.hooks.sync;
  const answer: CompositeAnswer & DecoratorAnswer = await call(path, request);
  const desired = (controller.type === 'composite' ? answer.children : answer.attachments) ?? [];
  applyChildren(controller, parent, desired as KubernetesObject[], store);
  if (controller.type === 'decorator') decorate(parent, answer, store);
  if (answer.status) writeStatus(controller, parent, answer.status, store);
  if (request.finalizing && answer.finalized === true) removeFinalizer(controller, parent, store);
  return answer.resyncAfterSeconds;
}

async function relatedRules(controller: Controller, parent: KubernetesObject, call: HookCall): Promise<RelatedRule[]> {
  if (controller.hooks.customize === undefined) return [];
  const answer = (await call(controller.hooks.customize, { parent })) as CustomizeAnswer;
  return answer.relatedResources;
}

function finalizerOf(controller: Controller): string {
  return `metacontroller.io/${controller.type}controller-${controller.name}`;
}

function addFinalizer(controller: Controller, parent: KubernetesObject, store: ObjectStore): void {
  const current = store.get(idOf(parent));
  const finalizers = current?.metadata.finalizers ?? [];
  if (current && !finalizers.includes(finalizerOf(controller))) store.put({ ...current, metadata: { ...current.metadata, finalizers: [...finalizers, finalizerOf(controller)] } });
}

function removeFinalizer(controller: Controller, parent: KubernetesObject, store: ObjectStore): void {
  const current = store.get(idOf(parent));
  if (!current) return;
  const finalizers = (current.metadata.finalizers ?? []).filter((name) => name !== finalizerOf(controller));
  store.put({ ...current, metadata: { ...current.metadata, finalizers } });
}

function decorate(parent: KubernetesObject, { labels = {}, annotations = {} }: DecoratorAnswer, store: ObjectStore): void {
  const current = store.get(idOf(parent));
  if (!current) return;
  const metadata = { ...current.metadata, labels: overlaid(current.metadata.labels, labels), annotations: overlaid(current.metadata.annotations, annotations) };
  store.put({ ...current, metadata });
}

/** null takes an entry away. */
function overlaid(old: Readonly<Record<string, string>> = {}, changes: Readonly<Record<string, string | null>>): Record<string, string> {
  const entries = Object.entries({ ...old, ...changes }).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(entries);
}

/** Metacontroller says itself which generation a composite's status describes. */
function writeStatus(controller: Controller, parent: KubernetesObject, status: object, store: ObjectStore): void {
  const observed = controller.type === 'composite' ? { observedGeneration: parent.metadata.generation } : {};
  store.setStatus(idOf(parent), { ...status, ...observed });
}

function fingerprintOf(controller: Controller, parent: KubernetesObject, request: SyncRequest): string {
  if (!controller.parent.ignoreStatusChanges) return JSON.stringify(request);
  const seen = { ...withoutField(parent, 'status'), metadata: { ...parent.metadata, resourceVersion: '' } };
  return JSON.stringify({ ...request, ...(controller.type === 'composite' ? { parent: seen } : { object: seen }) });
}
