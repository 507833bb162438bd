import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';

import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { KafkaClients } from '../../hooks/kafka/kafka-clients.ts';
import type { CompositeAnswer } from '../../hooks/metacontroller.ts';
import { hookRoutes } from '../../hooks/routes.ts';
import { createLogger } from '../../runtime/log.ts';
import { aKafkaTopic, aSecret, groupsOf, hooksConfigForTests } from '../support/hook-objects.ts';
import type { SecuredTestKafka } from '../support/kafka.ts';
import { securedTestKafka } from '../support/kafka.ts';

const logger = createLogger('test', 'silent');
const kafkaClients = new KafkaClients({ timeoutMs: 4000, logger });
const hooks = hookRoutes({ config: hooksConfigForTests, kafka: kafkaClients, logger, now: () => new Date() });
/** The machine may be busy with other suites. */
jest.setTimeout(30_000);
let broker: SecuredTestKafka;
let topics = 0;

beforeAll(async () => {
  broker = await securedTestKafka();
}, 90_000);
afterAll(async () => {
  await kafkaClients.close();
  await broker.stop();
});

/** What a KafkaTopic says on a Kafka that a Secret with this data describes. */
async function syncWith(resourceVersion: string, data: Record<string, string>): Promise<{ status?: string; reason?: string; text: string }> {
  const parent = aKafkaTopic({ topicName: `secured-${(topics += 1)}` });
  const answer = (await hooks.get('/kafkatopic/sync')?.({ parent, children: {}, related: groupsOf(aSecret(data, { resourceVersion })), finalizing: false })) as CompositeAnswer;
  const ready = (answer.status as KafkaTopic['status']).conditions?.[0];
  return { ...(ready && { status: ready.status }), ...(ready?.reason && { reason: ready.reason }), text: JSON.stringify(answer) };
}

function secured(): Record<string, string> {
  const { securedBootstrap, user, password, ca } = broker;
  return { 'bootstrap.servers': securedBootstrap, protocol: 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', user, password, 'ca.crt': ca };
}

describe('the hooks on a Kafka that demands SASL_SSL with SCRAM-SHA-512', () => {
  test('create a topic with the right credentials', async () => {
    expect(await syncWith('1', secured())).toMatchObject({ status: 'True', reason: 'Ready' });
  });

  test.each([
    { name: 'a wrong password', change: () => ({ password: 'wrong-password' }), want: { status: 'False', reason: 'KafkaAuthenticationFailed' } },
    { name: 'a mechanism that it does not take', change: () => ({ 'sasl.mechanism': 'PLAIN' }), want: { status: 'False', reason: 'KafkaAuthenticationFailed' } },
    { name: 'no CA', change: () => ({ 'ca.crt': '' }), want: { status: 'False', reason: 'KafkaTlsFailed' } },
    { name: 'no TLS, which ends the connection', change: () => ({ protocol: 'SASL_PLAINTEXT' }), want: { status: 'Unknown', reason: 'KafkaUnreachable', text: expect.stringContaining('protocol') } },
    { name: 'no TLS and no SASL', change: () => ({ protocol: 'PLAINTEXT' }), want: { status: 'False', reason: 'KafkaTlsFailed' } },
    { name: 'TLS to a plaintext port', change: () => ({ 'bootstrap.servers': broker.bootstrap }), want: { status: 'False', reason: 'KafkaTlsFailed' } },
  ])('tell a person what to mend, and show no credential: $name', async ({ name, change, want }) => {
    const data: Record<string, string> = { ...secured(), ...change() };
    const answer = await syncWith(name, data);
    expect(answer).toMatchObject(want);
    for (const word of [data['password'], data['user'], broker.password].filter((text) => text !== undefined)) expect(answer.text).not.toContain(word);
  });

  test('take a mended Secret at once', async () => {
    expect(await syncWith('2', { ...secured(), password: 'wrong-password' })).toMatchObject({ status: 'False' });
    expect(await syncWith('3', secured())).toMatchObject({ status: 'True' });
  });
});
