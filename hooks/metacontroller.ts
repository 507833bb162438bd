import type { ObjectMeta } from '../contract/object-meta.ts';

/** Any Kubernetes object as JSON carries it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

/** Observed objects of one hook request: by `Kind.group/version` (`Service.v1`), then by `namespace/name`, or `name` for cluster-scoped ones. */
export type ObjectGroups = Readonly<Record<string, Readonly<Record<string, KubernetesObject>>>>;

/** Requests and answers of Metacontroller's hooks, version v2. An answer with a field that is not listed here fails the sync. */
export interface CustomizeRequest<Parent = KubernetesObject> {
  readonly parent: Parent;
}

export interface RelatedRule {
  apiVersion: string;
  resource: string;
  namespace?: string;
  names?: string[];
  labelSelector?: { matchLabels?: Record<string, string> };
}

export interface CustomizeAnswer {
  relatedResources: RelatedRule[];
}

export interface CompositeRequest<Parent = KubernetesObject> {
  readonly parent: Parent;
  /** null where the controller declares no child. */
  readonly children: ObjectGroups | null;
  /** null without a customize hook. */
  readonly related: ObjectGroups | null;
  readonly finalizing: boolean;
}

export interface CompositeAnswer {
  /** Replaces the whole status. */
  status?: object;
  children?: object[];
  resyncAfterSeconds?: number;
  finalized?: boolean;
}

export interface DecoratorRequest<Parent = KubernetesObject> {
  readonly object: Parent;
  readonly attachments: ObjectGroups | null;
  readonly related: ObjectGroups | null;
  readonly finalizing: boolean;
}

export interface DecoratorAnswer {
  labels?: Record<string, string | null>;
  annotations?: Record<string, string | null>;
  status?: object | null;
  attachments?: object[];
  resyncAfterSeconds?: number;
  finalized?: boolean;
}
