import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { EventEmitter } from 'node:events';

import { closingEveryConnection } from './client-connections.ts';

class FakeConnection extends EventEmitter {
  closed = 0;

  close(): Promise<void> {
    this.closed += 1;
    this.emit('close');
    return Promise.resolve();
  }
}

function fakeClient() {
  const connections = new EventEmitter();
  const client = { closed: 0, connections, close: () => Promise.resolve(void (client.closed += 1)) };
  const connect = (port = 9092): FakeConnection => {
    const connection = new FakeConnection();
    connections.emit('connecting', { broker: { host: 'kafka', port }, connection });
    return connection;
  };
  return { client, connect, close: closingEveryConnection(client as never) };
}

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

describe('a client\'s connections', () => {
  test('are all closed with it, those included that its pool has forgotten', async () => {
    const { client, connect, close } = fakeClient();
    const all = [connect(), connect(), connect(9093)];
    await close();
    expect([client.closed, ...all.map(({ closed }) => closed)]).toEqual([1, 1, 1, 1]);
  });

  test('are left alone once they have ended by themselves', async () => {
    const { connect, close } = fakeClient();
    const [reset, ended] = [connect(), connect()];
    reset.emit('error', new Error('reset'));
    ended.emit('close');
    await close();
    expect([reset.closed, ended.closed]).toEqual([0, 0]);
  });

  test('may fail more than once: a reset, and then the authentication that was under way', () => {
    const { connect } = fakeClient();
    const connection = connect();
    connection.once('error', () => undefined);
    for (const what of ['Connection error', 'Connection to kafka:9092 failed.']) expect(connection.emit('error', new Error(what))).toBe(true);
  });

  test('are closed a while after another to the same broker has replaced them', () => {
    const { connect } = fakeClient();
    const [replaced, other, current] = [connect(), connect(9093), connect()];
    jest.advanceTimersByTime(30_000);
    expect(replaced.closed).toBe(0);
    jest.advanceTimersByTime(20_000);
    expect([replaced.closed, other.closed, current.closed]).toEqual([1, 0, 0]);
  });
});
