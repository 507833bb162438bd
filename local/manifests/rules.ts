import { parseDuration } from '../../contract/duration.ts';
import type { KafkaChannel } from '../../contract/generated/kafkachannel.ts';
import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { StartError } from '../start-error.ts';
import type { Loaded } from './validate.ts';

interface Rule {
  /** The rule's message in the CRD (CEL); a test holds the two lists together. */
  readonly message: string;
  /** Fields of the channel that break the rule. `old` is the channel as it runs now. */
  broken(spec: Spec, old: Spec | undefined): Path[];
}
type Spec = KafkaChannel['spec'];
type Path = (string | number)[];

/** What crds/kafkachannel.yaml says in CEL, which no JSON schema can. */
export const channelRules: readonly Rule[] = [
  { message: 'topic.name is fixed when the channel is created', broken: (spec, old) => changed(old, spec.topic?.name, old?.topic?.name, ['topic', 'name']) },
  { message: 'dispatcher.groupIdFrom is fixed when the channel is created', broken: (spec, old) => changed(old, spec.dispatcher?.groupIdFrom ?? 'uid', old?.dispatcher?.groupIdFrom ?? 'uid', ['dispatcher', 'groupIdFrom']) },
  { message: 'numPartitions may only grow', broken: (spec, old) => (old && spec.numPartitions < old.numPartitions ? [['numPartitions']] : []) },
  { message: 'replicationFactor is fixed when the channel is created', broken: (spec, old) => changed(old, spec.replicationFactor, old?.replicationFactor, ['replicationFactor']) },
  { message: 'must be an ISO-8601 duration such as PT30S or P7D', broken: (spec) => durations(spec).filter(([, text]) => parseDuration(text) === undefined).map(([path]) => path) },
  {
    message: 'a subscriber needs a subscriberUri or a replyUri',
    broken: ({ subscribers = [] }) => subscribers.flatMap(({ subscriberUri, replyUri }, index) => ((subscriberUri ?? replyUri) === undefined ? [['subscribers', index]] : [])),
  },
];

/** Throws StartError for the first KafkaChannel that breaks a rule. `running` are the objects as they are now. */
export function checkRules(loaded: Loaded, running: readonly KubernetesObject[]): void {
  for (const object of loaded.objects.filter(({ kind }) => kind === 'KafkaChannel')) {
    const old = running.find(({ kind, metadata }) => kind === 'KafkaChannel' && metadata.name === object.metadata.name && metadata.namespace === object.metadata.namespace);
    for (const rule of channelRules) {
      const path = rule.broken(object['spec'] as Spec, old?.['spec'] as Spec | undefined)[0];
      if (path) throw new StartError(loaded.at(object, ['spec', ...path]), `KafkaChannel ${object.metadata.namespace ?? ''}/${object.metadata.name}, field spec.${path.join('.')}: ${rule.message}`, `correct the field${old ? ', or start with --clean' : ''}`);
    }
  }
}

function changed(old: Spec | undefined, now: unknown, before: unknown, path: Path): Path[] {
  return old && now !== before ? [path] : [];
}

function durations(spec: Spec): [Path, string][] {
  const deliveries: [Path, Partial<Record<string, unknown>>][] = [
    [['delivery'], { ...spec.delivery }],
    ...(spec.subscribers ?? []).map(({ delivery }, index): [Path, Partial<Record<string, unknown>>] => [['subscribers', index, 'delivery'], { ...delivery }]),
  ];
  const fields = deliveries.flatMap(([path, delivery]) => ['timeout', 'backoffDelay', 'retryAfterMax'].map((field): [Path, unknown] => [[...path, field], delivery[field]]));
  return [[['retentionDuration'], spec.retentionDuration] as [Path, unknown], ...fields].filter((entry): entry is [Path, string] => typeof entry[1] === 'string');
}
