import { randomBytes } from 'node:crypto';

import type { Kubernetes } from './kubernetes.ts';

/** Where the suite runs the operator: not where the shipped manifests have it, for any name must do. */
export const systemNamespace = 'kafka-system';
export const shippedNamespace = 'knative-eventing';
export const kafkaSecret = 'kafka';
export const tokenSecret = 'kafka-channel-hooks-token';

/** A namespace in which only pods of the profile "restricted" may run, as a careful administrator has it. */
export function restrictedNamespace(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } };
}

/** What the README has an administrator make before the operator: namespace, token, Kafka Secret. Returns the token, which the hooks read once. */
export async function prepareSystem(kubernetes: Kubernetes, podBootstrap: string, namespace = systemNamespace): Promise<string> {
  const earlier = (await kubernetes.get('secret', tokenSecret, namespace))?.['data'] as { token: string } | undefined;
  const token = earlier ? Buffer.from(earlier.token, 'base64').toString() : randomBytes(24).toString('hex');
  const tokenObject = { apiVersion: 'v1', kind: 'Secret', metadata: { name: tokenSecret, namespace }, stringData: { token } };
  await kubernetes.apply([restrictedNamespace(namespace), tokenObject, secretOfKafka(kafkaSecret, podBootstrap, namespace)]);
  return token;
}

/** A Secret that describes a Kafka. */
export function secretOfKafka(name: string, podBootstrap: string, namespace = systemNamespace): object {
  const labels = { 'knative-kafka.io/kafka-secret': 'true' };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, labels }, stringData: { 'bootstrap.servers': podBootstrap } };
}

/** Address of Kafka, from the environment that the suite gives to its test files. */
export function kafkaAddress(variable: 'KAFKA_BOOTSTRAP' | 'KAFKA_POD_BOOTSTRAP'): string {
  const address = process.env[variable];
  if (!address) throw new Error(`${variable} is not set: run the suite with "npm run e2e"`);
  return address;
}
