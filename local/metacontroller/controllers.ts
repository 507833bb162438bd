import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

export interface ResourceRule {
  readonly apiVersion: string;
  readonly resource: string;
}

/** A CompositeController or DecoratorController, as far as local mode needs it. */
export interface Controller {
  readonly name: string;
  readonly type: 'composite' | 'decorator';
  readonly parent: ResourceRule & { readonly labelSelector?: Selector; readonly ignoreStatusChanges?: boolean };
  readonly children: readonly ResourceRule[];
  /** Paths of the hooks. */
  readonly hooks: { readonly customize?: string; readonly sync: string; readonly finalize?: string };
  readonly generateSelector: boolean;
  /** Every parent is looked at again after this time; Infinity: only when something changes. */
  readonly resyncPeriodSeconds: number;
}

export interface Selector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key: string; readonly operator: string; readonly values?: readonly string[] }[];
}

interface Webhook {
  webhook: { url?: string; path?: string };
}

interface ControllerObject {
  kind: string;
  metadata: { name: string };
  spec: {
    parentResource?: Controller['parent'];
    childResources?: ResourceRule[];
    resources?: Controller['parent'][];
    attachments?: ResourceRule[];
    hooks: { customize?: Webhook; sync: Webhook; finalize?: Webhook };
    generateSelector?: boolean;
    resyncPeriodSeconds?: number;
  };
}

const root = join(import.meta.dirname, '..', '..');

/** The controllers that a cluster runs, from the manifests that install them. */
export function shippedControllers(): Controller[] {
  return controllersIn('metacontroller', 'controllers.yaml');
}

/** That of the component autoscaling: without the settings that the component brings, nothing comes of it. */
export function autoscalingControllers(): Controller[] {
  return controllersIn('components', 'autoscaling', 'controller', 'controller.yaml');
}

function controllersIn(...path: readonly string[]): Controller[] {
  return controllersOf(readFileSync(join(root, ...path), 'utf8'));
}

/** The controllers of a YAML text; other documents are skipped. */
export function controllersOf(text: string): Controller[] {
  const objects = parseAllDocuments(text).map((document) => document.toJS() as ControllerObject | null);
  return objects.filter((object) => object !== null && /^(Composite|Decorator)Controller$/.test(object.kind)).map((object) => controllerOf(object as ControllerObject));
}

function controllerOf({ kind, metadata, spec }: ControllerObject): Controller {
  const composite = kind === 'CompositeController';
  const parent = composite ? spec.parentResource : spec.resources?.[0];
  if (!parent) throw new Error(`${kind} ${metadata.name}: no parent`);
  const { customize, sync, finalize } = spec.hooks;
  return {
    name: metadata.name,
    type: composite ? 'composite' : 'decorator',
    parent,
    children: (composite ? spec.childResources : spec.attachments) ?? [],
    hooks: { sync: pathOf(sync), ...(customize && { customize: pathOf(customize) }), ...(finalize && { finalize: pathOf(finalize) }) },
    generateSelector: spec.generateSelector ?? false,
    resyncPeriodSeconds: spec.resyncPeriodSeconds ?? Infinity,
  };
}

function pathOf({ webhook }: Webhook): string {
  return webhook.path ?? new URL(webhook.url ?? '').pathname;
}
