import { beforeAll, describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { shellBlocks } from '../support/readme.ts';
import { Kubernetes } from './kubernetes.ts';

const namespace = 'readme';
const commands = shellBlocks('README.md')
  .flatMap((block) => block.commands)
  .filter((command) => command.startsWith('kubectl '));

/** Commands that are not run from the README, and where what they do is tested. */
const elsewhere = new Map([
  ['kubectl apply --server-side -k metacontroller/install', 'its base is on the network; api-server.test.ts and metacontroller.test.ts render it on a stand-in'],
  ['kubectl wait kafkachannel/quickstart --for=condition=Ready --timeout=60s', 'needs Metacontroller; metacontroller.test.ts waits for Ready'],
]);

let kubernetes: Kubernetes;

beforeAll(async () => {
  kubernetes = await Kubernetes.connect();
  await kubernetes.run('delete', 'namespace', namespace, '--ignore-not-found');
  await kubernetes.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, subscriptionDefinition]);
  await kubernetes.run('wait', '--for=condition=Established', 'crd', '--all', '--timeout=30s');
}, 120_000);

/** A stand-in for Knative's Subscription, which the quick start's manifests hold. */
const subscriptionDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'subscriptions.messaging.knative.dev' },
  spec: {
    group: 'messaging.knative.dev',
    scope: 'Namespaced',
    names: { kind: 'Subscription', plural: 'subscriptions', singular: 'subscription' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } }],
  },
};

/** The arguments of a kubectl line, as a shell reads them. */
async function argumentsOf(command: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('bash', ['-c', `kubectl() { printf '%s\\0' "$@"; }; ${command}`]);
  return stdout.split('\0').slice(0, -1);
}

describe('the kubectl lines of the README', () => {
  test('are run here, or for a reason elsewhere', () => {
    expect([...elsewhere.keys()].filter((command) => !commands.includes(command))).toEqual([]);
  });

  // Secrets are made, in a namespace of their own so that a system that is up is left alone; manifests are shown to the API server.
  test.each(commands.filter((command) => !elsewhere.has(command)))('%s', async (command) => {
    const args = (await argumentsOf(command)).map((argument) => (argument === 'knative-eventing' ? namespace : argument));
    const manifests = args[0] === 'apply';
    await kubernetes.run(...args, ...(manifests ? ['--dry-run=server', '--force-conflicts', '--server-side'] : []));
  });

  test('make the Secret that describes a Kafka', async () => {
    const secret = await kubernetes.get('secret', 'kafka', namespace);
    expect(secret?.metadata.labels).toEqual({ 'knative-kafka.io/kafka-secret': 'true' });
    expect(secret?.['data']).toEqual({ 'bootstrap.servers': Buffer.from('my-kafka:9092').toString('base64') });
  });
});
