/**
 * How to reach a Kafka, read from the data of the labelled Secret: the one place for hooks, receiver and dispatcher.
 * Shaped so that it can be spread into the options of the Kafka client. Sources: `field` names of Knative's Kafka Secrets and of Kafka's own properties.
 */
export interface KafkaConnection {
  readonly bootstrapBrokers: string[];
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sasl?: { readonly mechanism: SaslMechanism; readonly username: string; readonly password: string };
}

const saslMechanisms = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const;
export type SaslMechanism = (typeof saslMechanisms)[number];

const protocols = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] as const;
type Protocol = (typeof protocols)[number];

/** Names the key that is wrong or missing; never shows a value, for it may be a credential. */
export class KafkaSecretError extends Error {
  override readonly name = 'KafkaSecretError';
  readonly code = 'KFC_KAFKA_SECRET';
}

/** Decoded data of the Secret by key. */
export type SecretData = ReadonlyMap<string, string>;

/** Throws KafkaSecretError naming every key that is wrong or missing. */
export function parseKafkaConnection(data: SecretData): KafkaConnection {
  const faults: string[] = [];
  const bootstrapBrokers = brokers(data, faults);
  const protocol = protocolOf(data, faults);
  const tls = protocol.endsWith('SSL') ? tlsOf(data, faults) : undefined;
  const sasl = protocol.startsWith('SASL') ? saslOf(data, faults) : undefined;
  if (faults.length > 0) throw new KafkaSecretError(faults.join('; '));
  return { bootstrapBrokers, ...(tls && { tls }), ...(sasl && { sasl }) };
}

function value(data: SecretData, ...keys: string[]): string | undefined {
  for (const key of keys) {
    const found = data.get(key)?.trim();
    if (found) return found;
  }
  return undefined;
}

function brokers(data: SecretData, faults: string[]): string[] {
  const text = value(data, 'bootstrap.servers', 'brokers');
  if (!text) {
    faults.push('key "bootstrap.servers" is missing: set it to HOST:PORT[,HOST:PORT…]');
    return [];
  }
  const list = text.split(',').map((broker) => broker.trim());
  const wrong = list.findIndex((broker) => !isHostAndPort(broker));
  if (wrong >= 0) faults.push(`key "bootstrap.servers": entry ${wrong + 1} of ${list.length} is not HOST:PORT`);
  return list;
}

function isHostAndPort(broker: string): boolean {
  const port = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/.exec(broker)?.[1];
  return port !== undefined && Number(port) > 0 && Number(port) < 65_536;
}

function protocolOf(data: SecretData, faults: string[]): Protocol {
  const text = value(data, 'protocol');
  if (text === undefined) return impliedProtocol(data);
  const found = protocols.find((protocol) => protocol === text.toUpperCase());
  if (!found) faults.push(`key "protocol" must be one of ${protocols.join(', ')}`);
  return found ?? 'PLAINTEXT';
}

/** Secrets of older installations have no `protocol`: what else they hold says what they mean. */
function impliedProtocol(data: SecretData): Protocol {
  const tls = value(data, 'tls.enabled') === 'true' || value(data, 'ca.crt', 'user.crt') !== undefined;
  const sasl = value(data, 'password') !== undefined;
  if (sasl) return tls ? 'SASL_SSL' : 'SASL_PLAINTEXT';
  return tls ? 'SSL' : 'PLAINTEXT';
}

function saslOf(data: SecretData, faults: string[]): KafkaConnection['sasl'] {
  const text = value(data, 'sasl.mechanism', 'saslType') ?? 'PLAIN';
  const mechanism = saslMechanisms.find((known) => known === text.toUpperCase());
  const username = value(data, 'user', 'username');
  const password = data.get('password');
  if (!mechanism) faults.push(`key "sasl.mechanism" must be one of ${saslMechanisms.join(', ')}`);
  if (!username) faults.push('key "user" is missing: SASL needs a user');
  if (!password) faults.push('key "password" is missing: SASL needs a password');
  return { mechanism: mechanism ?? 'PLAIN', username: username ?? '', password: (password ?? '').replace(/\r?\n$/, '') };
}

function tlsOf(data: SecretData, faults: string[]): KafkaConnection['tls'] {
  const ca = pem(data, 'ca.crt', 'CERTIFICATE', faults);
  const skipped = value(data, 'user.skip') === 'true';
  const cert = skipped ? undefined : pem(data, 'user.crt', 'CERTIFICATE', faults);
  const key = skipped ? undefined : pem(data, 'user.key', 'PRIVATE KEY', faults);
  if (!cert !== !key) faults.push(`key "${cert ? 'user.key' : 'user.crt'}" is missing: a client certificate needs both user.crt and user.key`);
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function pem(data: SecretData, key: string, kind: string, faults: string[]): string | undefined {
  const text = value(data, key);
  if (text !== undefined && !new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text)) {
    faults.push(`key "${key}" is not PEM: it must hold "-----BEGIN … ${kind}-----"`);
  }
  return text;
}
