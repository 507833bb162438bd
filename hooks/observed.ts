import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { ConfigMap, Service } from 'kubernetes-types/core/v1.js';

import type { KafkaChannel } from '../contract/generated/kafkachannel.ts';
import type { KafkaConsumerGroup } from '../contract/generated/kafkaconsumergroup.ts';
import type { KafkaTopic } from '../contract/generated/kafkatopic.ts';
import type { ObjectMeta } from '../contract/object-meta.ts';
import { UndecidedError } from './hook-error.ts';
import type { Secret } from './kafka-secret.ts';
import type { ObjectGroups } from './metacontroller.ts';
import type { StrimziTopic } from './strimzi-topic.ts';

/** What the hooks read, by `Kind` or `Kind.group`, whatever the version: an object reads the same in all versions that we know. */
interface ObservedKinds {
  ConfigMap: ConfigMap & { metadata: ObjectMeta };
  'Deployment.apps': Deployment & { metadata: ObjectMeta };
  'KafkaChannel.messaging.knative.dev': KafkaChannel;
  'KafkaConsumerGroup.knative-kafka.io': KafkaConsumerGroup;
  'KafkaTopic.kafka.strimzi.io': StrimziTopic;
  'KafkaTopic.knative-kafka.io': KafkaTopic;
  Secret: Secret;
  Service: Service & { metadata: ObjectMeta };
}

/** Objects of a kind in the children, attachments or related of a request, in no order. */
export function observed<Kind extends keyof ObservedKinds>(groups: ObjectGroups | null, kind: Kind): ObservedKinds[Kind][] {
  return groupsOf(groups, kind).flatMap((byName) => Object.values(byName) as unknown as ObservedKinds[Kind][]);
}

/** One object of a kind; undefined where it was not seen. */
export function observedNamed<Kind extends keyof ObservedKinds>(groups: ObjectGroups | null, kind: Kind, namespace: string, name: string): ObservedKinds[Kind] | undefined {
  const key = `${namespace}/${name}`;
  const byName = groupsOf(groups, kind).find((objects) => Object.hasOwn(objects, key));
  return byName?.[key] as ObservedKinds[Kind] | undefined;
}

/**
 * Throws where objects of a kind were not looked for at all, which an empty group would say: what was made by them would be taken for
 * not wanted any more, and deleted, or a fault told of that is none (H3).
 */
export function demandObserved(groups: ObjectGroups | null, ...kinds: readonly (keyof ObservedKinds)[]): void {
  const missing = kinds.find((kind) => !isLookedFor(groups, kind));
  if (missing) throw new UndecidedError(`its ${missing.replace(/\..*/, '')}s are not in the request`, 'see that the controller has the customize hook');
}

/** Whether objects of a kind were looked for, whether or not there are any. */
export function isLookedFor(groups: ObjectGroups | null, kind: keyof ObservedKinds): boolean {
  return groupsOf(groups, kind).length > 0;
}

function groupsOf(groups: ObjectGroups | null, kind: string): ObjectGroups[string][] {
  return Object.entries(groups ?? {})
    .filter(([group]) => kindOfGroup(group) === kind)
    .map(([, byName]) => byName);
}

/** `Service.v1` is kind `Service`; `Deployment.apps/v1` is `Deployment.apps`. */
function kindOfGroup(group: string): string {
  const [kindAndGroup = '', version] = group.split('/');
  return version === undefined ? kindAndGroup.slice(0, kindAndGroup.lastIndexOf('.')) : kindAndGroup;
}

/** By code unit, so that the order is the same everywhere. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
