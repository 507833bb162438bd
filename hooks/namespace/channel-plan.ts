import type { DispatcherFile } from '../../contract/dispatcher-file.ts';
import type { KafkaChannel, Subscriber } from '../../contract/generated/kafkachannel.ts';
import type { ChannelState } from '../channel-state.ts';
import type { HooksConfig } from '../config.ts';
import type { SecretCaps } from '../secret-caps.ts';
import type { StrimziCluster } from '../strimzi-topic.ts';
import type { ObservedTopic } from './topic-home.ts';

export interface PlannedGroup {
  readonly subscriber: Subscriber;
  readonly group: string;
}

/** What the children of one channel are made from. */
export interface ChannelPlan {
  readonly channel: KafkaChannel;
  readonly key: { readonly namespace: string; readonly name: string };
  readonly topic: string;
  readonly topicConfig: Readonly<Record<string, string>>;
  readonly partitions: number;
  readonly caps: SecretCaps;
  readonly kafkaSecret: string;
  /** Whose Topic Operator is to look after its topic; undefined where our hooks do. */
  readonly strimzi: StrimziCluster | undefined;
  readonly running: ObservedTopic | undefined;
  /** One entry a consumer group. */
  readonly groups: readonly PlannedGroup[];
  readonly dispatcherFile: DispatcherFile;
  readonly state: ChannelState;
  readonly config: HooksConfig;
}
