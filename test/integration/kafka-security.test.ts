import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { rootCertificates } from 'node:tls';

import { topicName } from '../../contract/names.ts';
import { eventually } from '../support/eventually.ts';
import type { SecuredTestKafka } from '../support/kafka.ts';
import { securedTestKafka } from '../support/kafka.ts';
import { createTopic, recordsOf } from '../support/kafkajs.ts';
import { eventHeaders, readyReceiver, receiverEnding, testReceiver } from '../support/receiver.ts';

jest.setTimeout(60_000);

let kafka: SecuredTestKafka;

beforeAll(async () => {
  kafka = await securedTestKafka();
  await createTopic(kafka.bootstrap, topicName({ namespace: 'shop', name: 'orders' }));
}, 90_000);
afterAll(() => kafka.stop());

function secured(more: Record<string, string> = {}): Record<string, string> {
  const { securedBootstrap, user, password, ca } = kafka;
  return { 'bootstrap.servers': securedBootstrap, protocol: 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', user, password, 'ca.crt': ca, ...more };
}

/** Values that must be seen nowhere. */
function secretsOf(data: Record<string, string>): string[] {
  const body = (data['ca.crt'] ?? '').split('\n')[1] ?? '';
  return [data['password'], data['user'], kafka.password, body].filter((text): text is string => text !== undefined && text !== '');
}

describe('a receiver on a Kafka that demands SASL_SSL with SCRAM-SHA-512', () => {
  test('takes events with the right credentials, and shows none of them', async () => {
    await using receiver = await readyReceiver(secured());
    const { status, text } = await receiver.post('/shop/orders', eventHeaders('secured'), 'x');
    expect([status, text]).toEqual([202, '']);
    expect((await recordsOf(kafka.bootstrap, topicName({ namespace: 'shop', name: 'orders' }), 1)).map(({ headers }) => headers['ce_id'])).toEqual(['secured']);
    const shown = receiver.output() + (await receiver.metrics());
    for (const secret of secretsOf(secured())) expect(shown).not.toContain(secret);
  });

  test.each([
    { name: 'a wrong password', change: () => ({ password: 'a-wrong-password' }), key: '"password"' },
    { name: 'a wrong user', change: () => ({ user: 'somebody-else' }), key: '"user"' },
    { name: 'a mechanism that it does not take', change: () => ({ 'sasl.mechanism': 'PLAIN' }), key: '"sasl.mechanism"' },
    { name: 'another CA', change: () => ({ 'ca.crt': rootCertificates[0] ?? '' }), key: '"ca.crt"' },
    { name: 'no CA', change: () => ({ 'ca.crt': '' }), key: '"ca.crt"' },
    { name: 'no TLS', change: () => ({ protocol: 'PLAINTEXT' }), key: '"protocol"' },
    { name: 'TLS to a plaintext port', change: () => ({ 'bootstrap.servers': kafka.bootstrap }), key: '"protocol"' },
  ])('with $name it is not ready, names the key, and shows no secret', async ({ change, key }) => {
    const data = secured(change());
    await using receiver = await testReceiver(data);
    let last = '';
    await eventually(
      `the readiness names ${key}`,
      async () => {
        const response = await fetch(`${receiver.managementUrl}/readyz`);
        last = await response.text();
        return response.status === 503 && last.includes(key);
      },
      15_000,
      () => last,
    );
    expect(receiver.output()).toContain(key.replaceAll('"', '\\"'));
    const answer = await receiver.post('/shop/orders');
    expect(answer.status).toBe(503);
    const shown = [last, receiver.output(), answer.text, JSON.stringify([...answer.headers]), await receiver.metrics()].join('\n');
    for (const secret of secretsOf(data)) expect(shown).not.toContain(secret);
    expect(await receiver.stop()).toBe(0);
  });

  test.each([
    { name: 'a missing password', change: { password: '' }, want: 'key "password" is missing' },
    { name: 'a missing user', change: { user: '' }, want: 'key "user" is missing' },
    { name: 'missing brokers', change: { 'bootstrap.servers': '' }, want: 'key "bootstrap.servers" is missing' },
    { name: 'a broken CA', change: { 'ca.crt': 'secret-nonsense' }, want: 'key "ca.crt" is not PEM' },
    { name: 'an unknown protocol', change: { protocol: 'secret-protocol' }, want: 'key "protocol" must be one of' },
  ])('with $name it does not start, and says so in one line', async ({ change, want }) => {
    const data = secured(change);
    const { code, output } = await receiverEnding(data);
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(output)).toMatchObject({ level: 'fatal', msg: expect.stringContaining(`Kafka Secret: ${want}`) as unknown });
    for (const secret of [...secretsOf(data), 'secret-nonsense', 'secret-protocol']) expect(output).not.toContain(secret);
  });
});
