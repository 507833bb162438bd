import type { KafkaTrouble } from './kafka-error.ts';
import { KafkaError } from './kafka-error.ts';

/** Fields of the client's, Node's and anybody else's errors that say what happened. */
interface AnyError {
  readonly code?: unknown;
  readonly apiId?: unknown;
  readonly canRetry?: unknown;
  readonly message?: unknown;
  readonly serverErrorMessage?: unknown;
  readonly errors?: unknown;
  readonly cause?: unknown;
}

const byProtocolError: Readonly<Record<string, KafkaTrouble>> = {
  SASL_AUTHENTICATION_FAILED: 'authentication',
  UNSUPPORTED_SASL_MECHANISM: 'authentication',
  ILLEGAL_SASL_STATE: 'authentication',
  TOPIC_AUTHORIZATION_FAILED: 'authorization',
  GROUP_AUTHORIZATION_FAILED: 'authorization',
  CLUSTER_AUTHORIZATION_FAILED: 'authorization',
  TOPIC_ALREADY_EXISTS: 'topic-exists',
  UNKNOWN_TOPIC_OR_PARTITION: 'topic-missing',
  UNKNOWN_TOPIC_ID: 'topic-missing',
  GROUP_ID_NOT_FOUND: 'group-missing',
  NON_EMPTY_GROUP: 'group-active',
  UNKNOWN_MEMBER_ID: 'group-active',
  ILLEGAL_GENERATION: 'group-active',
  REBALANCE_IN_PROGRESS: 'group-active',
};

const messages: Readonly<Record<Exclude<KafkaTrouble, 'refused' | 'authorization'>, string>> = {
  unreachable: 'Kafka does not answer: see that its brokers run, and that keys "bootstrap.servers" and "protocol" of the Secret are right',
  busy: 'Kafka is not ready to answer yet',
  secret: 'the Secret does not describe a connection to Kafka',
  authentication: 'Kafka refuses the credentials: mend keys "user", "password" and "sasl.mechanism" of the Secret',
  tls: 'no trust between Kafka and us: mend keys "protocol", "ca.crt", "user.crt" and "user.key" of the Secret',
  'topic-exists': 'the topic exists',
  'topic-missing': 'the topic does not exist',
  'topic-awaited': 'the topic is not there yet',
  'group-active': 'consumers are connected to the group',
  'group-missing': 'the group does not exist',
};

/** Total: whatever is thrown becomes a KafkaError. */
export function classifyError(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error;
  const all = flattened(error);
  if (isRepeatedCreation(all)) return new KafkaError('busy', messages.busy, { cause: error });
  for (const inner of all) {
    const trouble = typeof inner.apiId === 'string' ? byProtocolError[inner.apiId] : undefined;
    if (trouble) return new KafkaError(trouble, trouble === 'authorization' ? refusal(inner) : messageOf(trouble), { cause: error });
  }
  if (all.some(isTlsError)) return new KafkaError('tls', messages.tls, { cause: error });
  if (all.some(isAuthenticationError)) return new KafkaError('authentication', messages.authentication, { cause: error });
  const protocol = all.find(({ apiId }) => typeof apiId === 'string');
  if (!protocol) return new KafkaError('unreachable', messages.unreachable, { cause: error });
  if (protocol.canRetry === true) return new KafkaError('busy', messages.busy, { cause: error });
  return new KafkaError('refused', refusal(protocol), { cause: error });
}

/** The client asks again by itself: a topic that exists then may have been made by its first request, whose answer did not come. */
function isRepeatedCreation(all: readonly AnyError[]): boolean {
  return all.some(({ apiId }) => apiId === 'TOPIC_ALREADY_EXISTS') && all.some(({ canRetry }) => canRetry === true);
}

function messageOf(trouble: KafkaTrouble): string {
  return trouble in messages ? messages[trouble as keyof typeof messages] : trouble;
}

/** The broker's own words, for a person, in one line. */
function refusal({ apiId, serverErrorMessage, message }: AnyError): string {
  const words = [serverErrorMessage, message].filter((text) => typeof text === 'string').find((text) => text !== '') ?? '';
  return `Kafka refuses: ${String(apiId)}: ${words.replaceAll(/\s+/g, ' ').slice(0, 300)}`;
}

/** A connection that ends during the handshake of SASL is taken by the client for a failure to authenticate: it may as well be a broker that stops, or one that wants TLS. */
function isAuthenticationError(error: AnyError): boolean {
  return error.code === 'PLT_KFK_AUTHENTICATION' && !flattened(error).some(({ code }) => code === 'PLT_KFK_NETWORK');
}

/** The client reports a plaintext connection to a TLS port, and the reverse, as a mistake of its user. */
function isTlsError({ code }: AnyError): boolean {
  return typeof code === 'string' && (code === 'PLT_KFK_USER' || /^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO$|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(code));
}

function flattened(error: unknown, depth = 0): AnyError[] {
  if (typeof error !== 'object' || error === null || depth > 10) return [];
  const { errors, cause } = error as AnyError;
  const inner = [...(Array.isArray(errors) ? (errors as unknown[]) : []), cause];
  return [error, ...inner.flatMap((each) => flattened(each, depth + 1))];
}
