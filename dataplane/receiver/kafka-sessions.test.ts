import { afterEach, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { parseKafkaConnection } from '../../contract/kafka-connection.ts';
import { createLogger } from '../../runtime/log.ts';
import { eventually } from '../../test/support/eventually.ts';
import type { KafkaSession } from './kafka-session.ts';
import { KafkaSessions } from './kafka-sessions.ts';

const lookMs = 10;
let stop = new AbortController();
let folder = '';

afterEach(async () => {
  stop.abort();
  await rm(folder, { recursive: true, force: true });
});

function connectionTo(bootstrap: string): ReturnType<typeof parseKafkaConnection> {
  return parseKafkaConnection(new Map([['bootstrap.servers', bootstrap]]));
}

/** Sessions that follow a Secret; what is told of each is its address, when it was opened, prepared and closed. */
async function followed(leftoverMs: number): Promise<{ sessions: KafkaSessions; put: (bootstrap: string) => Promise<void>; seen: string[] }> {
  stop = new AbortController();
  folder = await mkdtemp(join(tmpdir(), 'knative-kafka-secret-'));
  const seen: string[] = [];
  const open = ({ bootstrapBrokers: [address = ''] }: { bootstrapBrokers: readonly string[] }): KafkaSession => {
    seen.push(`${address} opened`);
    const close = (): Promise<void> => Promise.resolve(void seen.push(`${address} closed`));
    return { producer: { prepare: () => void seen.push(`${address} prepared`) }, close } as unknown as KafkaSession;
  };
  const put = (bootstrap: string): Promise<void> => writeFile(join(folder, 'bootstrap.servers'), bootstrap);
  await put('a:1');
  const sessions = new KafkaSessions({ connection: connectionTo('a:1'), secretFolder: folder, leftoverMs, open, log: createLogger('test', 'silent') });
  void sessions.follow(stop.signal, lookMs);
  return { sessions, put, seen };
}

test('what begins after the Secret has changed goes over a new session; the last one is closed when what was begun over it has ended', async () => {
  const { sessions, put, seen } = await followed(100);
  const first = sessions.current;
  await put('b:2');
  await eventually('there is another session', () => sessions.current !== first);
  expect(seen).toEqual(['a:1 opened', 'b:2 opened', 'b:2 prepared']);
  await eventually('the first is closed', () => seen.includes('a:1 closed'));
  await sessions.close();
  expect(seen.slice(3)).toEqual(['a:1 closed', 'b:2 closed']);
});

test('a Secret that says nothing sensible, or the same, changes nothing', async () => {
  const { sessions, put, seen } = await followed(1);
  for (const text of ['', 'a:1']) {
    await put(text);
    await delay(5 * lookMs);
  }
  await sessions.close();
  expect(seen).toEqual(['a:1 opened', 'a:1 closed']);
});

test('at the end every session is closed at once', async () => {
  const { sessions, put, seen } = await followed(60_000);
  await put('b:2');
  await eventually('there is another session', () => seen.includes('b:2 opened'));
  stop.abort();
  await sessions.close();
  expect(seen.filter((line) => line.endsWith('closed')).sort()).toEqual(['a:1 closed', 'b:2 closed']);
});
