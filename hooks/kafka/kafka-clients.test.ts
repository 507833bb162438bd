import { expect, test } from '@jest/globals';

import { freePorts } from '../../local/free-port.ts';
import { createLogger } from '../../runtime/log.ts';
import { aSecret } from '../../test/support/hook-objects.ts';
import type { AdminCall } from './admin-call.ts';
import { KafkaClients } from './kafka-clients.ts';

test('M1: a call that gets no answer is told of; where Kafka is left alone, there is none to tell of', async () => {
  const calls: AdminCall[] = [];
  const clients = new KafkaClients({ timeoutMs: 10_000, logger: createLogger('test', 'silent'), called: (call) => calls.push(call) });
  const [port = 0] = await freePorts(1);
  const secret = aSecret({ 'bootstrap.servers': `127.0.0.1:${port}` });
  for (const topic of ['orders', 'bills']) await expect(clients.use(secret, (admin) => admin.topic(topic))).rejects.toMatchObject({ trouble: 'unreachable' });
  await clients.close();
  expect(calls).toEqual([{ operation: 'describe_topic', outcome: 'unanswered', seconds: expect.any(Number) }]);
});
