import { protocolErrorsCodesById } from '@platformatic/kafka';

import type { ProduceFault } from './produce-error.ts';

/** What a partition's answer to a batch means. */
export type Verdict =
  | 'stored'
  /** Not stored by this attempt; the same bytes may be sent again. */
  | 'again'
  /** Perhaps stored; the same bytes, with the same sequence numbers, must be sent again. */
  | 'again-in-doubt'
  /** One of its records, or the batch as a whole, is not acceptable: smaller batches tell which. */
  | 'split'
  /** The broker does not know this producer, or where it was. */
  | 'identity-lost'
  | 'refused';

/** What is not here leaves the outcome open: also a leader that has stored a batch answers, say, NOT_LEADER_OR_FOLLOWER when it is replaced before its followers have it. */
const verdicts: Readonly<Record<string, Verdict>> = {
  NONE: 'stored',
  DUPLICATE_SEQUENCE_NUMBER: 'stored',
  CORRUPT_MESSAGE: 'again',
  NOT_ENOUGH_REPLICAS: 'again',
  THROTTLING_QUOTA_EXCEEDED: 'again',
  MESSAGE_TOO_LARGE: 'split',
  RECORD_LIST_TOO_LARGE: 'split',
  INVALID_RECORD: 'split',
  OUT_OF_ORDER_SEQUENCE_NUMBER: 'identity-lost',
  UNKNOWN_PRODUCER_ID: 'identity-lost',
  INVALID_PRODUCER_EPOCH: 'identity-lost',
  INVALID_PRODUCER_ID_MAPPING: 'identity-lost',
  PRODUCER_FENCED: 'identity-lost',
  TOPIC_AUTHORIZATION_FAILED: 'refused',
  CLUSTER_AUTHORIZATION_FAILED: 'refused',
  INVALID_TOPIC_EXCEPTION: 'refused',
  INVALID_REQUIRED_ACKS: 'refused',
  UNSUPPORTED_FOR_MESSAGE_FORMAT: 'refused',
  UNSUPPORTED_VERSION: 'refused',
  INVALID_REQUEST: 'refused',
  POLICY_VIOLATION: 'refused',
  /** All records of a batch have the time of the receiver. */
  INVALID_TIMESTAMP: 'refused',
};

export function verdictOf(errorCode: number): Verdict {
  return verdicts[errorName(errorCode)] ?? 'again-in-doubt';
}

/** Kafka's name of an error code. */
export function errorName(errorCode: number): string {
  return errorCode === 0 ? 'NONE' : (protocolErrorsCodesById[errorCode] ?? `error ${errorCode}`);
}

/** What to do about a refusal, where that is known. */
const remedies: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: 'give the user of the Kafka Secret the right Write on the topic',
  CLUSTER_AUTHORIZATION_FAILED: 'give the user of the Kafka Secret the right IdempotentWrite on the cluster',
  INVALID_TIMESTAMP: 'set the clocks of receivers and brokers, or message.timestamp.before.max.ms and message.timestamp.after.max.ms of the topic',
};

/** What Kafka said instead of taking a batch, with what to do about it. */
export function rejectionOf(errorCode: number): string {
  const name = errorName(errorCode);
  const remedy = remedies[name];
  return remedy === undefined ? name : `${name}: ${remedy}`;
}

const faults: Readonly<Record<string, ProduceFault>> = { MESSAGE_TOO_LARGE: 'too-large', RECORD_LIST_TOO_LARGE: 'too-large', INVALID_RECORD: 'invalid' };
/** Why a record that is refused is not stored. */
export function faultOf(errorCode: number): ProduceFault {
  return faults[errorName(errorCode)] ?? 'refused';
}
