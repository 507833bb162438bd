import { describe, expect, test } from '@jest/globals';
import { pino } from 'pino';

import { seeded } from '../../test/support/random.ts';
import type { DispatcherFile, SubscriptionSpec } from '../../contract/dispatcher-file.ts';
import { formatDispatcherFile } from '../../contract/dispatcher-file.ts';
import { Dispatcher } from './dispatcher.ts';

function aSubscription(uid: string, more: Partial<SubscriptionSpec> = {}): SubscriptionSpec {
  const delivery = { retry: 1, backoffPolicy: 'linear', backoffDelayMs: 100, timeoutMs: 1000, format: 'binary' } as const;
  return { uid, name: uid, group: `group-${uid}`, subscriberUri: `http://${uid}/`, deliveryOrder: 'ordered', maxInFlight: 64, delivery, ...more };
}

function aFile(subscriptions: SubscriptionSpec[], more: Partial<DispatcherFile> = {}): string {
  return formatDispatcherFile({ channel: { namespace: 'ns', name: 'ch' }, topic: 'topic', subscriptions, ...more });
}

/** A dispatcher whose subscriptions only say what is done with them. */
function recorded(): { dispatcher: Dispatcher; done: string[]; limits: (number | undefined)[]; lines: string[]; settled: () => Promise<void> } {
  const done: string[] = [];
  const limits: (number | undefined)[] = [];
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => lines.push((JSON.parse(line) as { msg: string }).msg) });
  const dispatcher = new Dispatcher({
    log,
    start: ({ uid, subscriberUri = '' }, { topic }) => {
      done.push(`start ${uid} ${subscriberUri} ${topic}`);
      return {
        get unread() {
          return uid.startsWith('unread') ? 'does not read partition 3' : undefined;
        },
        get stuck() {
          return uid.startsWith('stuck') ? 'does not read partition 4' : undefined;
        },
        stop: async (limitMs) => {
          await Promise.resolve();
          done.push(`stop ${uid}`);
          limits.push(limitMs);
        },
      };
    },
  });
  return { dispatcher, done, limits, lines, settled: () => new Promise((resolve) => setImmediate(resolve)) };
}

describe('Dispatcher', () => {
  test('starts what is new, stops what is gone, and leaves alone what did not change', async () => {
    const { dispatcher, done, settled } = recorded();
    dispatcher.follow(aFile([aSubscription('a'), aSubscription('b')]));
    await settled();
    done.length = 0;
    dispatcher.follow(aFile([aSubscription('b'), aSubscription('c')]));
    await settled();
    expect(done.sort()).toEqual(['start c http://c/ topic', 'stop a']);
  });

  test('restarts a changed subscription alone, and only after it has stopped', async () => {
    const { dispatcher, done, settled } = recorded();
    dispatcher.follow(aFile([aSubscription('a'), aSubscription('b')]));
    await settled();
    done.length = 0;
    dispatcher.follow(aFile([aSubscription('a', { subscriberUri: 'http://other/' }), aSubscription('b')]));
    await settled();
    expect(done).toEqual(['stop a', 'start a http://other/ topic']);
  });

  test('gives what is under way the time of the process where that ends, and less where a subscription alone does', async () => {
    const { dispatcher, limits, settled } = recorded();
    dispatcher.follow(aFile([aSubscription('a'), aSubscription('b')]));
    await settled();
    dispatcher.follow(aFile([aSubscription('a')]));
    await settled();
    await dispatcher.stop();
    expect(limits).toEqual([5000, undefined]);
  });

  test('restarts all when the topic is another', async () => {
    const { dispatcher, done, settled } = recorded();
    dispatcher.follow(aFile([aSubscription('a')]));
    await settled();
    dispatcher.follow(aFile([aSubscription('a')], { topic: 'other' }));
    await settled();
    expect(done.slice(1)).toEqual(['stop a', 'start a http://a/ other']);
  });

  test('M12: whatever files follow one another, only what has changed is stopped or started', async () => {
    const random = seeded(12);
    const uids = ['a', 'b', 'c', 'd'];
    const { dispatcher, done, settled } = recorded();
    let before = new Map<string, string>();
    for (let file = 0; file < 2000; file += 1) {
      done.length = 0;
      const isGood = random() < 0.9;
      const after = isGood ? new Map(uids.filter(() => random() < 0.7).map((uid) => [uid, `http://${uid}/${Math.floor(random() * 2)}`])) : before;
      dispatcher.follow(isGood ? aFile([...after].map(([uid, subscriberUri]) => aSubscription(uid, { subscriberUri }))) : '{');
      await settled();
      const changed = uids.filter((uid) => before.get(uid) !== after.get(uid));
      const wanted = changed.flatMap((uid) => [...(before.has(uid) ? [`stop ${uid}`] : []), ...(after.has(uid) ? [`start ${uid} ${after.get(uid)} topic`] : [])]);
      expect([file, done.toSorted()]).toEqual([file, wanted.toSorted()]);
      before = after;
    }
  });

  test('keeps what runs when the file is bad, and says so in one line', async () => {
    const { dispatcher, done, lines, settled } = recorded();
    dispatcher.follow('{');
    expect([dispatcher.hasFile, lines]).toEqual([false, [expect.stringMatching(/^dispatcher.json: not JSON: .*: waiting for a good one$/)]]);
    dispatcher.follow(aFile([aSubscription('a')]));
    await settled();
    lines.length = 0;
    dispatcher.follow('{"subscriptions": 7}');
    await settled();
    expect([dispatcher.hasFile, done, lines]).toEqual([true, ['start a http://a/ topic'], [expect.stringMatching(/^dispatcher.json: .*: keeping the last good one$/)]]);
  });

  test('stops everything', async () => {
    const { dispatcher, done, settled } = recorded();
    dispatcher.follow(aFile([aSubscription('a'), aSubscription('b')]));
    await settled();
    await dispatcher.stop();
    expect(done.filter((line) => line.startsWith('stop')).sort()).toEqual(['stop a', 'stop b']);
  });

  test('says which subscription is not being read, until it is', async () => {
    const { dispatcher, settled } = recorded();
    dispatcher.follow(aFile([aSubscription('a'), aSubscription('unread-b')]));
    expect(dispatcher.unread).toBe('subscription a has not been started yet');
    await settled();
    expect(dispatcher.unread).toBe('subscription unread-b does not read partition 3');
    dispatcher.follow(aFile([aSubscription('a')]));
    await settled();
    expect(dispatcher.unread).toBeUndefined();
  });

  test('stops and starts all of them where what they were started with has changed', async () => {
    const { dispatcher, done, settled } = recorded();
    dispatcher.follow(aFile([aSubscription('a'), aSubscription('b')]));
    await settled();
    done.length = 0;
    dispatcher.restart();
    await settled();
    expect(done.map((step) => step.split(' ').slice(0, 2).join(' ')).sort()).toEqual(['start a', 'start b', 'stop a', 'stop b']);
    dispatcher.follow(aFile([aSubscription('a'), aSubscription('b')]));
    await settled();
    expect(done.length).toBe(4);
  });

  test('says that it is broken when a bug keeps a subscription from being started', async () => {
    const dispatcher = new Dispatcher({
      log: pino({ level: 'silent' }),
      start: () => {
        throw new Error('bug');
      },
    });
    expect(dispatcher.broken).toBeUndefined();
    dispatcher.follow(aFile([aSubscription('a')]));
    await new Promise((resolve) => setImmediate(resolve));
    expect(dispatcher.broken).toBe('a subscription cannot be started or stopped');
  });

  test('R1.1: says that it is broken for as long as a subscription is stuck', async () => {
    const { dispatcher, settled } = recorded();
    dispatcher.follow(aFile([aSubscription('a'), aSubscription('stuck-b')]));
    await settled();
    expect(dispatcher.broken).toBe('subscription stuck-b does not read partition 4');
    dispatcher.follow(aFile([aSubscription('a')]));
    await settled();
    expect(dispatcher.broken).toBeUndefined();
  });
});
