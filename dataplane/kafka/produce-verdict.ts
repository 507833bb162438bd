import { protocolErrorsCodesById } from '@platformatic/kafka';

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
  INVALID_TIMESTAMP: 'split',
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
};

export function verdictOf(errorCode: number): Verdict {
  return verdicts[errorName(errorCode)] ?? 'again-in-doubt';
}

/** Kafka's name of an error code. */
export function errorName(errorCode: number): string {
  return errorCode === 0 ? 'NONE' : (protocolErrorsCodesById[errorCode] ?? `error ${errorCode}`);
}

/** The rights that a refusal is for want of. */
const rights: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED: 'Write on the topic',
  CLUSTER_AUTHORIZATION_FAILED: 'IdempotentWrite on the cluster',
};

/** What Kafka said instead of taking a batch, with the right to give where one is missing. */
export function rejectionOf(errorCode: number): string {
  const name = errorName(errorCode);
  const right = rights[name];
  return right === undefined ? name : `${name}: give the user of the Kafka Secret the right ${right}`;
}

/** Whether a refusal is about the size of a record. */
export function isTooLarge(errorCode: number): boolean {
  return ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'].includes(errorName(errorCode));
}
