import type { Reason } from '../contract/reasons.ts';
import type { KafkaError, KafkaTrouble } from './kafka/kafka-error.ts';
import type { Fault } from './kafka-secret.ts';

const reasonOf: Readonly<Record<KafkaTrouble, Reason>> = {
  unreachable: 'KafkaUnreachable',
  busy: 'KafkaUnreachable',
  secret: 'KafkaSecretInvalid',
  authentication: 'KafkaAuthenticationFailed',
  tls: 'KafkaTlsFailed',
  authorization: 'KafkaAuthorizationFailed',
  'topic-exists': 'TopicPending',
  'topic-missing': 'TopicPending',
  'topic-awaited': 'TopicNotReady',
  'group-active': 'GroupActive',
  'group-missing': 'GroupPending',
  refused: 'KafkaRefused',
};

/** Kafka tells us of nothing: ask again after this long. Soon where it is only a moment's matter. (What is as asked for is looked at again in the period that the controller object sets.) */
const retrySeconds: Readonly<Record<KafkaTrouble, number>> = {
  unreachable: 10,
  busy: 0.5,
  secret: 60,
  authentication: 30,
  tls: 30,
  authorization: 30,
  'topic-exists': 0.5,
  'topic-missing': 0.5,
  'topic-awaited': 2,
  'group-active': 5,
  'group-missing': 1,
  refused: 30,
};

/** A failure on Kafka for a condition, and when to try again. */
export function troubleOf({ trouble, message }: KafkaError): Fault & { resyncAfterSeconds: number } {
  return { reason: reasonOf[trouble], message, resyncAfterSeconds: retrySeconds[trouble] };
}
