import { afterAll, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { topicName } from '../../contract/names.ts';
import { freePorts } from '../../local/free-port.ts';
import { startKafka } from '../../local/kafka/embedded-kafka.ts';
import { eventually } from '../support/eventually.ts';
import { allRecordsOf, createTopic } from '../support/kafkajs.ts';
import { readyReceiver } from '../support/receiver.ts';
import { receiverTraffic, wrongInTopic } from '../support/receiver-traffic.ts';

const run = promisify(execFile);
const diskMiB = 120;
const spareMiB = 60;
const jarCache = join(import.meta.dirname, '..', '..', '.knative-kafka');

type SmallDisk = { folder: string } & AsyncDisposable;

/** A disk of so many MiB in memory; undefined where this machine lets us mount none. */
async function smallDisk(): Promise<SmallDisk | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-disk-'));
  try {
    await run('mount', ['-t', 'tmpfs', '-o', `size=${diskMiB}m`, 'tmpfs', folder]);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    process.stderr.write(`SKIPPED: no small disk can be mounted here: ${(error as Error).message.trim()}: run as root on Linux\n`);
    return undefined;
  }
  return {
    folder,
    [Symbol.asyncDispose]: async () => {
      await run('umount', ['-l', folder]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const disk = await smallDisk();
afterAll(async () => await disk?.[Symbol.asyncDispose]());

(disk ? test : test.skip)('B9: the disk of the broker is full: 503 and never a false 202; with room again and the broker started, all goes on', async () => { // skipped, and so failed in CI, where no small file system can be mounted
  const { folder } = disk as SmallDisk;
  const spare = join(folder, 'spare');
  await writeFile(spare, Buffer.alloc(spareMiB * 1_048_576));
  const [port = 0, controllerPort = 0] = await freePorts(2);
  const start = () => startKafka({ folder, jarCache, port, controllerPort });
  let kafka = await start();
  try {
    const topic = topicName({ namespace: 'shop', name: 'orders' });
    await createTopic(kafka.bootstrap, topic, 3);
    await using receiver = await readyReceiver({ 'bootstrap.servers': kafka.bootstrap }, { PRODUCE_TIMEOUT_MS: '3000', LOG_LEVEL: 'info' });
    const traffic = receiverTraffic(receiver, '/shop/orders', 8, 50_000);
    await eventually('events are refused', () => (traffic.statuses.get(503) ?? 0) > 16, 120_000, () => Object.fromEntries(traffic.statuses));
    const { stdout } = await run('df', ['--output=avail', folder]);
    const availableKiB = Number(stdout.split('\n')[1]);
    const under = traffic.count();
    await kafka.kill();
    await rm(spare);
    kafka = await start();
    await traffic.flows('with room again', 50);
    await traffic.stop();
    expect(availableKiB).toBeLessThan(1024);
    expect(wrongInTopic(traffic, await allRecordsOf(kafka.bootstrap, topic))).toEqual([]);
    expect([...traffic.statuses.keys()].sort()).toEqual([202, 503]);
    process.stderr.write(`${JSON.stringify({ acknowledgedUntilFull: under, acknowledged: traffic.count(), availableKiB, statuses: Object.fromEntries(traffic.statuses) })}\n`);
  } finally {
    await kafka.kill();
  }
}, 300_000);
