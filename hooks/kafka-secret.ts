import { parseKafkaConnection } from '../contract/kafka-connection.ts';
import type { KafkaConnection, SecretData } from '../contract/kafka-connection.ts';
import { annotation, label } from '../contract/names.ts';
import type { ObjectMeta } from '../contract/object-meta.ts';
import type { Reason } from '../contract/reasons.ts';

/** A Secret as JSON carries it: values in base64. */
export interface Secret {
  readonly metadata: ObjectMeta;
  readonly data?: Readonly<Record<string, string>> | null;
}

/** Why something cannot be had: for a condition. */
export interface Fault {
  readonly reason: Reason;
  readonly message: string;
}

export function isKafkaSecret({ metadata }: Secret): boolean {
  return metadata.labels?.[label.kafkaSecret] === 'true';
}

export function secretData(secret: Secret): SecretData {
  return new Map(Object.entries(secret.data ?? {}).map(([key, value]) => [key, Buffer.from(value, 'base64').toString('utf8')]));
}

/** The connection that a Secret describes, or what is wrong with it; no value is shown. */
export function connectionOf(secret: Secret): KafkaConnection | Fault {
  try {
    return parseKafkaConnection(secretData(secret));
  } catch (error) {
    return { reason: 'KafkaSecretInvalid', message: `Secret "${secret.metadata.name}": ${(error as Error).message}` };
  }
}

export function isFault(value: object): value is Fault {
  return 'reason' in value;
}

export interface SecretsOfChannel {
  /** Named by its spec. */
  readonly wanted: string | undefined;
  /** Used so far. */
  readonly used: unknown;
}

/**
 * The Secret that a channel uses: the one it names, else the only one, else the one annotated as default.
 * As long as the one that it used so far is there, it stays with it: on another Kafka it would have neither its events nor its offsets.
 */
export function chooseKafkaSecret<T extends Secret>(secrets: readonly T[], { wanted, used }: SecretsOfChannel, systemNamespace: string): T | Fault {
  const usable = secrets.filter((secret) => isKafkaSecret(secret) && secret.metadata.namespace === systemNamespace);
  const chosen = wanted === undefined ? defaultOf(usable, systemNamespace) : (named(usable, wanted) ?? missing(wanted, systemNamespace));
  const current = named(usable, used);
  if (isFault(chosen) || !current || current === chosen) return chosen;
  return wanted === undefined ? current : inUse(current, chosen);
}

function named<T extends Secret>(secrets: readonly T[], name: unknown): T | undefined {
  return secrets.find(({ metadata }) => metadata.name === name);
}

function defaultOf<T extends Secret>(usable: readonly T[], systemNamespace: string): T | Fault {
  const [only, ...others] = usable;
  if (!only) return none(systemNamespace);
  if (others.length === 0) return only;
  const defaults = usable.filter(({ metadata }) => metadata.annotations?.[annotation.defaultKafkaSecret] === 'true');
  return defaults.length === 1 && defaults[0] ? defaults[0] : ambiguous(usable, defaults.length);
}

function none(systemNamespace: string): Fault {
  return { reason: 'KafkaSecretMissing', message: `no Secret in namespace "${systemNamespace}" has label ${label.kafkaSecret}=true: make one that says how to reach Kafka` };
}

function missing(wanted: string, systemNamespace: string): Fault {
  return {
    reason: 'KafkaSecretMissing',
    message: `no Secret "${wanted}" with label ${label.kafkaSecret}=true in namespace "${systemNamespace}": make it, or name another in spec.kafkaSecret`,
  };
}

function inUse({ metadata: { name } }: Secret, { metadata: { name: wanted } }: Secret): Fault {
  return { reason: 'KafkaSecretInUse', message: `its events are on the Kafka of Secret "${name}": name that in spec.kafkaSecret, or delete the channel and make it again to have it on that of "${wanted}"` };
}

function ambiguous(secrets: readonly Secret[], defaults: number): Fault {
  const names = secrets.map(({ metadata }) => `"${metadata.name}"`).sort().join(', ');
  const which = defaults === 0 ? 'none of them is the default' : 'more than one of them is the default';
  return {
    reason: 'KafkaSecretAmbiguous',
    message: `there are Secrets ${names} and ${which}: annotate one with ${annotation.defaultKafkaSecret}=true, or name one in spec.kafkaSecret`,
  };
}
