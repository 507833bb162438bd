import type { KafkaError, KafkaTrouble } from './kafka-error.ts';

/** What is done on Kafka, roughly as its rights are divided. */
export type AdminOperation = 'describe_topic' | 'create_topic' | 'alter_topic' | 'delete_topic' | 'list_offsets' | 'commit_offsets' | 'describe_group' | 'delete_group';

export type AdminOutcome = 'ok' | 'missing' | 'refused' | 'unanswered';

/** Something that was done on Kafka, or tried. */
export interface AdminCall {
  readonly operation: AdminOperation;
  readonly outcome: AdminOutcome;
  /** With the time to connect. */
  readonly seconds: number;
}

const outcomes: Readonly<Partial<Record<KafkaTrouble, AdminOutcome>>> = { unreachable: 'unanswered', 'topic-missing': 'missing', 'group-missing': 'missing' };

export function failedOutcome({ trouble }: KafkaError): AdminOutcome {
  return outcomes[trouble] ?? 'refused';
}
