import type { Secret } from '../kafka-secret.ts';

export interface TopicSetting {
  readonly value: string | null;
  /** Set on the topic itself, not taken from the broker. */
  readonly own: boolean;
}

export interface TopicOnBroker {
  readonly id: string;
  readonly partitions: number;
}

export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  readonly replicas: number;
  readonly config: Readonly<Record<string, string>>;
}

/** A setting to be set, or, with null, to be taken back to the broker's. */
export interface SettingChange {
  readonly name: string;
  readonly value: string | null;
}

/** Which offset of a partition: its end, its first one, or that of the first event at or after a time (ms since 1970). */
export type OffsetAt = 'latest' | 'earliest' | bigint;

/** Offsets by partition. */
export type Offsets = ReadonlyMap<number, bigint>;

/** What the hooks do on a broker. Every function throws KafkaError. */
export interface KafkaAdmin {
  /** Undefined where there is no such topic. */
  topic(name: string): Promise<TopicOnBroker | undefined>;
  topicSettings(name: string): Promise<ReadonlyMap<string, TopicSetting>>;
  /** The id of the new topic. */
  createTopic(topic: NewTopic): Promise<string>;
  growTopic(name: string, partitions: number): Promise<void>;
  changeTopicSettings(name: string, changes: readonly SettingChange[]): Promise<void>;
  deleteTopic(name: string): Promise<void>;
  /** Of those partitions only that have one. */
  committedOffsets(group: string, topic: string, partitions: number): Promise<Offsets>;
  offsetsAt(topic: string, partitions: readonly number[], at: OffsetAt): Promise<Offsets>;
  commitOffsets(group: string, topic: string, offsets: Offsets): Promise<void>;
  /** How many consumers a group has; 0 where there is no such group. */
  members(group: string): Promise<number>;
  deleteGroup(group: string): Promise<void>;
}

/** The Kafkas that Secrets describe. */
export interface Kafka {
  /**
   * Runs `work` on the Kafka of a Secret. Throws KafkaError, at the latest when the time for one request is over: then `signal` is aborted, and `work` must begin nothing more.
   * What other errors `work` throws is passed on.
   */
  use<T>(secret: Secret, work: (admin: KafkaAdmin, signal: AbortSignal) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
