import { schemas } from '../../contract/generated/schemas.ts';

/** JSON schema, as far as values are made from it. */
interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly default?: unknown;
}

/** Texts that a careless program falls over. */
const nasty = ['', ' ', '__proto__', 'constructor', 'toString', '../../etc/passwd', 'a'.repeat(300), '*', '*'.repeat(64), '\u0000', '"\n}', '${x}', '%', '-', 'P', 'PT', 'P9999999999999999Y', 'http://', 'http://[::1', 'javascript:1', '🙈'];
const plausible = ['a', 'a-1', 'orders', 'shop', 'latest', 'earliest', '0:42,1:7', '2026-01-31T12:00:00Z', 'PT5S', 'P7D', 'http://a.shop/', 'https://b.shop:8443/x?y', 'v1', 'Service', 'Broker', 'KafkaChannel', 'eventing.knative.dev/v1', 'messaging.knative.dev/v1', '1', '500m', '1Gi', 'retention.ms'];
const wrong = [null, 0, -1, 1e300, true, 'x', '', [], {}, [null], { a: 1 }, [[[]]], Number.MAX_SAFE_INTEGER];

function pick<T>(values: readonly T[], random: () => number): T {
  return values[Math.floor(random() * values.length)] as T;
}

/** Spec and status of a kind, as the API server would let them pass. Same seed, same value. */
export function generated(kind: keyof typeof schemas, part: 'spec' | 'status', random: () => number): Record<string, unknown> {
  const schema = schemas[kind].properties[part] as Schema;
  return valueOf(schema, random, 0) as Record<string, unknown>;
}

function valueOf(schema: Schema, random: () => number, depth: number): unknown {
  if (schema.enum) return pick(schema.enum, random);
  if (schema.anyOf) return valueOf(pick(schema.anyOf, random), random, depth);
  if (schema.type === 'array') return Array.from({ length: Math.floor(random() * 4) }, () => valueOf(schema.items ?? {}, random, depth + 1));
  if (schema.type === 'integer') return integer(schema, random);
  if (schema.type === 'boolean') return random() < 0.5;
  if (schema.type === 'string') return text(schema, random);
  return fields(schema, random, depth);
}

function fields(schema: Schema, random: () => number, depth: number): Record<string, unknown> {
  const known = Object.entries(schema.properties ?? {})
    .filter(([name, inner]) => (schema.required ?? []).includes(name) || inner.default !== undefined || random() < 0.5)
    .map(([name, inner]): [string, unknown] => [name, valueOf(inner, random, depth + 1)]);
  const further = typeof schema.additionalProperties === 'object' && random() < 0.7 ? [[pick([...plausible, ...nasty], random), valueOf(schema.additionalProperties, random, depth + 1)] as [string, unknown]] : [];
  return Object.fromEntries([...known, ...further]);
}

function integer({ minimum = -(2 ** 31), maximum = 2 ** 31 - 1 }: Schema, random: () => number): number {
  if (random() < 0.3) return pick([minimum, maximum], random);
  return minimum + Math.floor(random() * Math.min(maximum - minimum + 1, random() < 0.7 ? 10 : Infinity));
}

function text({ pattern, minLength = 0, maxLength = Infinity }: Schema, random: () => number): string {
  const form = pattern === undefined ? undefined : new RegExp(pattern, 'u');
  const fitting = (value: string): boolean => value.length >= minLength && value.length <= maxLength && (form?.test(value) ?? true);
  const drawn = pick(random() < 0.5 ? nasty : plausible, random);
  return fitting(drawn) ? drawn : pick(plausible.filter(fitting), random);
}

/** A value with some of its parts replaced by what no schema of ours allows there, or taken out: what an older schema may have let pass. */
export function broken(value: unknown, random: () => number, share = 0.15): unknown {
  if (random() < share) return pick(wrong, random);
  if (Array.isArray(value)) return value.map((inner) => broken(inner, random, share));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(() => random() >= share / 3)
      .map(([name, inner]) => [name, broken(inner, random, share)]),
  );
}

/** Keys that the Kafka Secret has a meaning for. */
const secretKeys = [
  'bootstrap.servers', 'brokers', 'protocol', 'sasl.mechanism', 'saslType', 'user', 'username', 'password', 'ca.crt', 'user.crt', 'user.key', 'user.skip', 'tls.enabled',
  'strimzi.namespace', 'strimzi.cluster', 'namespaces.allowed', 'topics.allowed', 'topic.config.allowed', 'partitions.max', 'replicas.max', 'dispatcher.replicas.max', 'dispatcher.cpu.max', 'dispatcher.memory.max',
];
const secretValues = ['k:9092', 'k:9092,l:9093', '[::1]:9092', 'SASL_SSL', 'plaintext', 'SCRAM-SHA-512', 'true', 'shop', 'team-*', 'shop/*', 'knative-messaging-kafka.*', '1', '3', '-----BEGIN CERTIFICATE-----', ...plausible, ...nasty];
const notBase64 = ['', '%', '====', '🙈', 'a'];

/** Data of a Secret: some of the keys that count, others, and values that may not even be base64. */
export function generatedSecretData(random: () => number): Record<string, string> {
  const value = (): string => (random() < 0.05 ? pick(notBase64, random) : Buffer.from(pick(secretValues, random)).toString('base64'));
  const keys = secretKeys.filter(() => random() < 0.3);
  return Object.fromEntries([...keys, ...(random() < 0.2 ? [pick(nasty, random)] : [])].map((key) => [key, value()]));
}

/** A name as the API server lets an object have one. */
export function generatedName(random: () => number): string {
  return pick(['a', 'kafka', '0', 'a-b', 'a.b', 'kafka-prod', 'x'.repeat(37), 'x'.repeat(38), 'x'.repeat(63), `${'x'.repeat(63)}.${'y'.repeat(63)}`, 'a.'.repeat(126) + 'a', `k-${Math.floor(random() * 1000)}`], random);
}

export function generatedText(random: () => number): string {
  return pick([...plausible, ...nasty], random);
}
