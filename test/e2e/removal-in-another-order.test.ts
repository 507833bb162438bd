import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { dispatcherName, receiverName } from '../../contract/names.ts';
import { projectFolder } from './cluster/folders.ts';
import { until } from './cluster/wait.ts';
import { Kubernetes } from './kubernetes.ts';
import { renderMetacontroller } from './metacontroller/install.ts';
import { renderOverlay } from './overlay.ts';
import { channelInUse, deleteMetacontroller, freedAsDocumented, leaving, nothingLeft, onKafka, removedAsDocumented, tidyKafka } from './removal.ts';
import { kafkaAddress, kafkaSecret, prepareSystem, shippedNamespace as systemNamespace } from './system.ts';

let kubernetes: Kubernetes;

beforeAll(async () => {
  kubernetes = await Kubernetes.connect();
});

/** Where the shipped manifests have it, one pod of each kind. */
async function installedAsShipped(): Promise<void> {
  await prepareSystem(kubernetes, kafkaAddress('KAFKA_POD_BOOTSTRAP'), systemNamespace);
  await kubernetes.apply(await renderMetacontroller(kubernetes.cluster));
  await kubernetes.apply(await renderOverlay(kubernetes, { components: ['components/single-replica'] }));
  await kubernetes.rolledOut('kafka-channel-hooks', systemNamespace);
  // Controllers that are deleted and made again leave a running Metacontroller blind to their children.
  await kubernetes.run('rollout', 'restart', 'statefulset/metacontroller', '-n', 'metacontroller');
  await kubernetes.run('rollout', 'status', 'statefulset/metacontroller', '-n', 'metacontroller', '--timeout=90s');
}

/** What is gone with Metacontroller's own definitions is no error to the person who types this. */
async function deleteOperator(): Promise<void> {
  await kubernetes.shell(`kubectl delete --wait=false --ignore-not-found -k ${projectFolder} || true`);
}

async function definitionsHang(): Promise<void> {
  const resource = 'kafkatopics.knative-kafka.io';
  await kubernetes.when('crd', resource, undefined, ({ metadata }) => metadata.deletionTimestamp !== undefined);
  expect(await kubernetes.listAll(resource)).toHaveLength(1);
}

const orders: { readonly first: string; readonly way: () => Promise<void>; readonly leaves: number }[] = [
  {
    first: 'hooks before channels',
    leaves: 2,
    async way() {
      await kubernetes.run('scale', 'deployment/kafka-channel-hooks', '-n', systemNamespace, '--replicas=0');
      await until('no hooks', async () => ((await kubernetes.list('pods', systemNamespace, 'app.kubernetes.io/component=hooks')).length === 0 ? true : undefined));
      await deleteOperator();
      await definitionsHang();
      await freedAsDocumented(kubernetes);
    },
  },
  {
    first: 'Metacontroller first, and the operator next',
    leaves: 2,
    async way() {
      await deleteMetacontroller(kubernetes);
      await deleteOperator();
      await definitionsHang();
      await freedAsDocumented(kubernetes);
    },
  },
  {
    first: 'the system namespace first',
    leaves: 2,
    async way() {
      await kubernetes.run('delete', 'namespace', systemNamespace, '--wait=false');
      await kubernetes.when('namespace', systemNamespace, undefined, ({ status }) => JSON.stringify(status).includes('finalizers remaining'));
      await freedAsDocumented(kubernetes);
      await kubernetes.gone('namespace', systemNamespace, undefined);
      await deleteOperator();
    },
  },
  {
    first: 'Metacontroller first, which is then installed again',
    leaves: 0,
    async way() {
      await deleteMetacontroller(kubernetes);
      await installedAsShipped();
      await removedAsDocumented(kubernetes, systemNamespace);
    },
  },
];

describe.each(orders)('I5: the operator in the shipped namespace, removed with $first', ({ first, way, leaves }) => {
  beforeAll(async () => {
    await installedAsShipped();
    await channelInUse(kubernetes, `${first.replaceAll(/\W+/g, '-')}-1`);
  }, 300_000);

  afterAll(tidyKafka);

  test('has run there, and nowhere else', async () => {
    for (const name of [receiverName(kafkaSecret), dispatcherName(leaving)]) await kubernetes.rolledOut(name, systemNamespace);
    const pods = (await kubernetes.listAll('pods')).filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/name'] === 'knative-kafka');
    expect(pods.map(({ metadata }) => metadata.namespace)).toEqual([systemNamespace, systemNamespace, systemNamespace]);
  }, 120_000);

  test('is gone by the documented way out', async () => {
    await way();
    await kubernetes.run('delete', 'namespace', leaving.namespace, systemNamespace, '--ignore-not-found', '--timeout=60s');
    await nothingLeft(kubernetes);
  }, 300_000);

  test('leaves on Kafka what is said', async () => {
    expect(await onKafka()).toHaveLength(leaves);
  }, 30_000);
});
