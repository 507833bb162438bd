import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { installed } from './installed.ts';
import type { Kubernetes } from './kubernetes.ts';
import { channelInUse, leaving, nothingLeft, onKafka, removedAsDocumented } from './removal.ts';
import { systemNamespace } from './system.ts';

let kubernetes: Kubernetes;

beforeAll(async () => {
  kubernetes = await installed();
  await channelInUse(kubernetes, 'leaving-1');
}, 300_000);

afterAll(async () => {
  await kubernetes.run('delete', 'namespace', leaving.namespace, systemNamespace, '--timeout=60s');
}, 90_000);

test('the operator can be removed in the order that docs/operations.md gives', async () => {
  await removedAsDocumented(kubernetes, systemNamespace);
}, 300_000);

test('then the channel\'s topic and group are gone from Kafka', async () => {
  expect(await onKafka()).toEqual([]);
}, 30_000);

test('nothing of the operator is left, nothing is Terminating, and no finalizer holds anything', async () => {
  await nothingLeft(kubernetes);
}, 90_000);
