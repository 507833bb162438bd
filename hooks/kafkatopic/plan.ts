import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { conditionNamed } from '../conditions.ts';
import type { NewTopic, SettingChange } from '../kafka/kafka-admin.ts';
import { compareText } from '../observed.ts';
import { isAllowedConfig } from '../secret-limits.ts';
import { countingConfig } from '../topic-spec.ts';
import type { ObservedTopic } from './gather.ts';

/**
 * `created`: it was made by us, and goes with the object. `found`: it was there before; never deleted, and altered only under the channel's own name.
 * `external`: somebody else looks after it. `missing`: external and not there.
 */
export type TopicOrigin = 'created' | 'found' | 'external' | 'missing';

export interface TopicPlan {
  readonly origin: TopicOrigin;
  /** Set where the topic is to be made. */
  readonly create?: NewTopic;
  /** Set where partitions are to be added: how many there are then. */
  readonly grow?: number;
  readonly changes: readonly SettingChange[];
}

/** `settable` are the settings that channels may give: one that was taken out of the spec goes back to the broker's; all others are somebody else's. */
export function planTopic(object: KafkaTopic, seen: ObservedTopic | undefined, settable: readonly string[]): TopicPlan {
  const { spec } = object;
  if (spec.policy === 'External') return { origin: seen ? 'external' : 'missing', changes: [] };
  const config = countingConfig(spec);
  if (!seen) return { origin: 'created', create: { topic: spec.topicName, partitions: spec.partitions, replicas: spec.replicas, config }, changes: [] };
  const origin = isOurs(object, seen.id) ? 'created' : 'found';
  if (origin === 'found' && !hasDerivedName(object)) return { origin, changes: [] };
  const unset = origin === 'created' ? unsetSettings(config, seen, settable) : [];
  return { origin, ...(seen.partitions < spec.partitions && { grow: spec.partitions }), changes: [...changedSettings(config, seen), ...unset] };
}

/**
 * The id on record; or any, where we asked for the channel's own topic and Kafka's answer did not come in time.
 * A topic that other channels may name too may be theirs: it is rather left behind than deleted.
 */
export function isOurs(object: KafkaTopic, id: string): boolean {
  const recorded = object.status as KafkaTopic['status'] | undefined;
  if (recorded?.topicId === id) return true;
  return hasDerivedName(object) && conditionNamed(recorded?.conditions, 'Ready')?.reason === 'TopicCreating';
}

/** Whether the topic's name follows from the channel's, as the object's does. */
export function hasDerivedName({ metadata, spec }: KafkaTopic): boolean {
  return metadata.name === spec.topicName;
}

function changedSettings(config: Readonly<Record<string, string>>, { settings }: ObservedTopic): SettingChange[] {
  return Object.entries(config)
    .filter(([name, value]) => settings.get(name)?.value !== value)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => compareText(a.name, b.name));
}

function unsetSettings(config: Readonly<Record<string, string>>, { settings }: ObservedTopic, settable: readonly string[]): SettingChange[] {
  return [...settings]
    .filter(([name, { own }]) => own && !Object.hasOwn(config, name) && isAllowedConfig(settable, name))
    .map(([name]) => ({ name, value: null }))
    .sort((a, b) => compareText(a.name, b.name));
}
