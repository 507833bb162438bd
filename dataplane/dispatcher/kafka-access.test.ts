import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';

import { parseKafkaConnection } from '../../contract/kafka-connection.ts';
import { eventually } from '../../test/support/eventually.ts';
import { readSecretFiles } from '../kafka/secret-files.ts';
import { KafkaAccess } from './kafka-access.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-access-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Nobody listens there. */
const brokers = (host: string): Promise<void> => writeFile(join(folder, 'bootstrap.servers'), `${host}:1`);

test('T2: the hosts of Kafka are those of the Secret as it is now, and it ends with its signal, however often that has changed', async () => {
  await brokers('127.0.0.1');
  const stop = new AbortController();
  let changes = 0;
  const access = new KafkaAccess({ connection: parseKafkaConnection(await readSecretFiles(folder)), secretFolder: folder, log: pino({ level: 'silent' }), changed: () => void (changes += 1) });
  const following = access.follow(stop.signal);
  expect(access.hosts).toEqual(['127.0.0.1']);
  await brokers('127.0.0.2');
  await eventually('it has changed', () => changes > 0);
  expect([access.hosts, access.connection.bootstrapBrokers]).toEqual([['127.0.0.2'], ['127.0.0.2:1']]);
  stop.abort();
  await following;
});
