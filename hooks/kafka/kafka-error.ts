/**
 * What a failure on Kafka means to us; branch on this, never on text.
 * `busy`: Kafka answers, but is electing or loading: asked again soon.
 * `topic-awaited`: it is not there; `topic-missing`: a broker has not heard of it, or no more.
 */
export type KafkaTrouble =
  | 'unreachable'
  | 'busy'
  | 'secret'
  | 'authentication'
  | 'tls'
  | 'authorization'
  | 'topic-exists'
  | 'topic-missing'
  | 'topic-awaited'
  | 'group-active'
  | 'group-missing'
  | 'refused';

/** The message is for a condition: stable, without addresses or credentials. */
export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  readonly code = 'KFC_KAFKA';
  readonly trouble: KafkaTrouble;

  constructor(trouble: KafkaTrouble, message: string, options?: ErrorOptions) {
    super(message, options);
    this.trouble = trouble;
  }
}
