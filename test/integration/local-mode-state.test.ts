import { expect, test } from '@jest/globals';

import { localMode, quickstartCopy } from '../support/local-mode.ts';
import { recordsOf } from '../support/kafkajs.ts';

const limitMs = 180_000;
const topic = 'knative-messaging-kafka.default.quickstart';

test('events and offsets are kept from run to run, and --clean starts empty (L6)', async () => {
  const { folder, remove } = await quickstartCopy();
  try {
    expect(await localMode(['--once', '--port', '0', '-f', folder]).ended).toBe(0);

    const second = localMode(['--port', '0', '-f', folder]);
    await second.said(/Ctrl-C stops everything/);
    const bootstrap = /^Kafka +(\S+)$/m.exec(second.stdout())?.[1] ?? '';
    expect(await recordsOf(bootstrap, topic, 2)).toHaveLength(2);
    expect(second.stdout().match(/subscriber-a received/g)).toHaveLength(1);
    second.child.kill('SIGTERM');
    await second.ended;

    const third = localMode(['--port', '0', '-f', folder, '--clean']);
    await third.said(/Ctrl-C stops everything/);
    await expect(recordsOf(/^Kafka +(\S+)$/m.exec(third.stdout())?.[1] ?? '', topic, 2, 3000)).rejects.toThrow('1 of 2 records');
    third.child.kill('SIGTERM');
    await third.ended;
  } finally {
    await remove();
  }
}, limitMs);
