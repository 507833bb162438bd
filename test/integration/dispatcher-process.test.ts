import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { setTimeout as delay } from 'node:timers/promises';

import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import type { DispatcherProcess } from '../support/dispatcher-process.ts';
import { dispatcherMain, dispatcherProcess } from '../support/dispatcher-process.ts';
import { eventually } from '../support/eventually.ts';
import type { TestKafka } from '../support/kafka.ts';
import { securedTestKafka, testKafka } from '../support/kafka.ts';
import { kafkajsClient, withAdmin } from '../support/kafkajs.ts';
import type { TestSubscriber } from '../support/subscriber.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { anEvent, committedOffsets, newTopic, withWriter, writeRecords } from '../support/topic.ts';

jest.setTimeout(120_000);

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 180_000);
afterAll(() => kafka.stop());

function numbers(count: number, prefix = ''): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}

async function arrived(subscriber: TestSubscriber, ids: readonly string[], dispatcher: DispatcherProcess, limitMs = 60_000): Promise<void> {
  const missing = (): string[] => {
    const seen = new Set(subscriber.ids());
    return ids.filter((id) => !seen.has(id));
  };
  await eventually(`${ids.length} events arrive`, () => missing().length === 0, limitMs, () => [missing().slice(0, 10), missing().length, dispatcher.lines.slice(-5), dispatcher.noise]);
}

/** Ids of one partition in the order of their first arrival. */
function firstArrivals(subscriber: TestSubscriber, ofPartition: (id: string) => boolean): string[] {
  return [...new Set(subscriber.ids())].filter(ofPartition);
}

describe('the file', () => {
  test('changes what runs: others are neither stopped nor rebalanced', async () => {
    const topic = await newTopic(kafka.bootstrap);
    await using subscriber = await testSubscriber();
    const [a, b, c] = ['a', 'b', 'c'].map((uid) => aSubscription(uid, { subscriberUri: `${subscriber.url}/${uid}` })) as [ReturnType<typeof aSubscription>, ReturnType<typeof aSubscription>, ReturnType<typeof aSubscription>];
    const seenBy = (path: string): number => subscriber.requests.filter((request) => request.path === path).length;
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, a, b));
    await writeRecords(kafka.bootstrap, topic, anEvent('1'));
    await eventually('a and b have it', () => seenBy('/a') === 1 && seenBy('/b') === 1, 20_000, () => dispatcher.lines.slice(-5));
    await dispatcher.put(aDispatcherFile(topic, a, c));
    await eventually('c has it', () => seenBy('/c') === 1, 20_000, () => dispatcher.lines.slice(-5));
    await dispatcher.put('{"channel":');
    await eventually('the bad file is said', () => dispatcher.lines.find(({ msg }) => msg.includes('keeping the last good one')));
    await writeRecords(kafka.bootstrap, topic, anEvent('2'));
    await eventually('a and c have the next', () => seenBy('/a') === 2 && seenBy('/c') === 2, 20_000, () => dispatcher.lines.slice(-5));
    expect(seenBy('/b')).toBe(1);
    expect(dispatcher.said('partitions assigned').map(({ subscriptionUid }) => subscriptionUid).sort()).toEqual(['a', 'b', 'c']);
    const generations = dispatcher.said('joined a generation of the group').filter(({ group }) => group === a.group);
    expect(generations.map(({ generation }) => generation)).toEqual([1]);
    const state = await withAdmin(kafka.bootstrap, (admin) => admin.describeGroups([a.group, b.group]));
    const found = new Map(state.groups.map((group) => [group.groupId, [group.state, group.members.length]]));
    expect([found.get(a.group), found.get(b.group)]).toEqual([['Stable', 1], ['Empty', 0]]);
  });

  test('S6: a subscription that is removed while its subscriber hangs is aborted within 10 s, and its group is left', async () => {
    const topic = await newTopic(kafka.bootstrap);
    const ended: number[] = [];
    await using subscriber = await testSubscriber((_request, response) => void response.once('close', () => ended.push(performance.now())));
    const hangs = aSubscription('hangs', { subscriberUri: subscriber.url, delivery: { timeoutMs: 600_000 } });
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, hangs));
    await writeRecords(kafka.bootstrap, topic, anEvent('1'));
    await eventually('an attempt hangs', () => subscriber.requests.length === 1, 20_000, () => dispatcher.lines.slice(-5));
    await dispatcher.put(aDispatcherFile(topic));
    const state = async (): Promise<string | undefined> => (await withAdmin(kafka.bootstrap, (admin) => admin.describeGroups([hangs.group]))).groups[0]?.state;
    await eventually('the attempt is aborted and the group is empty', async () => ended.length === 1 && (await state()) === 'Empty', 10_000, () => [ended.length, dispatcher.lines.slice(-5)]);
  });

  test('restarts a changed subscription alone', async () => {
    const topic = await newTopic(kafka.bootstrap);
    await using subscriber = await testSubscriber();
    const a = aSubscription('a', { subscriberUri: `${subscriber.url}/a` });
    const b = aSubscription('b', { subscriberUri: `${subscriber.url}/b` });
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, a, b));
    await dispatcher.joined(2);
    await dispatcher.put(aDispatcherFile(topic, a, { ...b, subscriberUri: `${subscriber.url}/elsewhere` }));
    await dispatcher.joined(3);
    await writeRecords(kafka.bootstrap, topic, anEvent('1'));
    await eventually('both have it', () => subscriber.requests.length === 2, 20_000, () => dispatcher.lines.slice(-5));
    expect(subscriber.requests.map(({ path }) => path).sort()).toEqual(['/a', '/elsewhere']);
    expect(dispatcher.said('partitions assigned').map(({ subscriptionUid }) => subscriptionUid).sort()).toEqual(['a', 'b', 'b']);
  });

  test('may come late: the process is alive, and ready once the file and Kafka are there', async () => {
    const topic = await newTopic(kafka.bootstrap);
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, 'not yet');
    const status = async (path: string): Promise<number> => (await fetch(dispatcher.url + path)).status;
    expect([await status('/healthz'), await status('/readyz'), await status('/else')]).toEqual([200, 503, 404]);
    await dispatcher.put(aDispatcherFile(topic));
    await eventually('ready', async () => (await status('/readyz')) === 200);
    expect(await dispatcher.end('SIGTERM')).toBe(0);
  });
});

describe('the Kafka Secret', () => {
  test('SASL_SSL with SCRAM-SHA-512: right credentials deliver, wrong ones are said once and never shown', async () => {
    await using secured = await securedTestKafka();
    const topic = await newTopic(secured.bootstrap);
    await writeRecords(secured.bootstrap, topic, anEvent('1'));
    await using subscriber = await testSubscriber();
    const file = aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url }));
    const secret = { 'bootstrap.servers': secured.securedBootstrap, protocol: 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', user: secured.user, password: secured.password, 'ca.crt': secured.ca };
    {
      await using dispatcher = await dispatcherProcess(secret, file);
      await arrived(subscriber, ['1'], dispatcher);
      expect(await dispatcher.end('SIGTERM')).toBe(0);
    }
    await using refused = await dispatcherProcess({ ...secret, password: 'a-wrong-password' }, file);
    await eventually('the refusal is said', () => refused.lines.find(({ msg }) => /authentication/i.test(msg)), 20_000, () => refused.lines);
    await delay(3000);
    expect(refused.lines.filter(({ level, msg }) => level === 'warn' && msg.startsWith('Kafka:')).length).toBe(1);
    expect((await fetch(`${refused.url}/readyz`)).status).toBe(503);
    expect(await refused.end('SIGTERM')).toBe(0);
    expect(JSON.stringify([refused.lines, refused.noise])).not.toContain('a-wrong-password');
  });

  test('that is not usable ends the process with one line that names the key', async () => {
    const attempt = dispatcherProcess({ 'bootstrap.servers': 'kafka:9092', protocol: 'SASL_SSL', user: 'me' }, aDispatcherFile('topic'));
    await expect(attempt).rejects.toThrow('the dispatcher cannot start: Kafka Secret: key \\"password\\" is missing');
  });
});

describe('the end of a process', () => {
  test('SIGTERM: what is under way is finished and committed, nothing more is started', async () => {
    const topic = await newTopic(kafka.bootstrap, 2);
    await writeRecords(kafka.bootstrap, topic, ...numbers(40).map((id) => anEvent(id, { partition: Number(id) % 2 })));
    let answered = 0;
    await using subscriber = await testSubscriber(async (_request, response) => {
      await delay(300);
      response.end(() => (answered += 1));
    });
    const spec = aSubscription('one', { subscriberUri: subscriber.url });
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, spec));
    await eventually('some are under way', () => subscriber.requests.length >= 5);
    const started = subscriber.requests.length;
    expect(await dispatcher.end('SIGTERM')).toBe(0);
    expect([subscriber.requests.length, answered]).toEqual([started, started]);
    const offsets = await committedOffsets(kafka.bootstrap, spec.group, topic);
    expect(offsets.reduce((sum, offset) => sum + offset, 0)).toBe(started);
    expect(dispatcher.noise).toEqual([]);

    await dispatcher.restart();
    await arrived(subscriber, numbers(40), dispatcher);
    expect(subscriber.ids().length).toBe(40);
  });

  test('SIGTERM: a subscriber that takes longer than the limit does not hold it up, and gets the event again', async () => {
    const topic = await newTopic(kafka.bootstrap);
    await writeRecords(kafka.bootstrap, topic, anEvent('1'));
    await using subscriber = await testSubscriber((_request, response, index) => {
      if (index > 0) response.end();
    });
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url, delivery: { timeoutMs: 600_000 } })), { SHUTDOWN_TIMEOUT_MS: '200' });
    await eventually('it is under way', () => subscriber.requests.length === 1);
    expect(await dispatcher.end('SIGTERM')).toBe(0);
    await dispatcher.restart();
    await eventually('it comes again', () => dispatcher.said('delivered').length === 1, 30_000, () => dispatcher.lines);
    expect(subscriber.ids()).toEqual(['1', '1']);
  });

  test('kill -9 while events flow: after a restart none is missing, what comes twice was not committed yet, and the order holds', async () => {
    const topic = await newTopic(kafka.bootstrap, 4);
    const ids = numbers(2000);
    await using subscriber = await testSubscriber((_request, response) => void setTimeout(() => response.end(), 4));
    const spec = aSubscription('one', { subscriberUri: subscriber.url });
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, spec), { LOG_LEVEL: 'info' });
    const writing = withWriter(kafka.bootstrap, async (write) => {
      for (let from = 0; from < ids.length; from += 100) {
        await write(topic, ids.slice(from, from + 100).map((id) => anEvent(id, { partition: Number(id) % 4 })));
      }
    });
    // Killed after a commit and in the middle of what was fetched ahead: what is committed must be what was answered, not what was read.
    await eventually('events flow and offsets are committed', async () => subscriber.requests.length > 400 && (await committedOffsets(kafka.bootstrap, spec.group, topic)).some((offset) => offset > 0), 30_000, () => [subscriber.requests.length, dispatcher.lines.slice(-5), dispatcher.noise]);
    await dispatcher.end('SIGKILL');
    const committed = (await committedOffsets(kafka.bootstrap, spec.group, topic)).reduce((sum, offset) => sum + Math.max(0, offset), 0);
    const begun = subscriber.requests.length;
    expect(begun).toBeLessThan(2000);
    await writing;
    await dispatcher.restart();
    await arrived(subscriber, ids, dispatcher);
    expect(subscriber.requests.length - ids.length).toBeLessThanOrEqual(begun - committed);
    for (const partition of [0, 1, 2, 3]) {
      const isOf = (id: string): boolean => Number(id) % 4 === partition;
      expect(firstArrivals(subscriber, isOf)).toEqual(ids.filter(isOf));
    }
  });
});

describe('a bug', () => {
  test('O14: a rejection that nobody handles is told of in a line of the log, and ends the process with 1', async () => {
    const lost = `data:text/javascript,${encodeURIComponent("process.on('SIGUSR2', () => void Promise.reject(new Error('lost')))")}`;
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(await newTopic(kafka.bootstrap)), {}, ['--import', lost, dispatcherMain]);
    process.kill(dispatcher.pid, 'SIGUSR2');
    await eventually('it is told', () => dispatcher.lines.some(({ level }) => level === 'fatal'), 10_000, () => [dispatcher.lines, dispatcher.noise]);
    expect(await dispatcher.end('SIGTERM')).toBe(1);
    expect(dispatcher.lines.at(-1)).toMatchObject({ level: 'fatal', msg: expect.stringContaining('a bug ends the dispatcher'), err: { message: 'lost' } });
  });

  test('R1.1: that keeps a subscription from being started is told of, and the process is neither ready nor alive', async () => {
    // What reads a topic looks at it every five seconds.
    const noLooks = `data:text/javascript,${encodeURIComponent("const every = setInterval; globalThis.setInterval = (work, ms) => { if (ms === 5000) throw new Error('no looks'); return every(work, ms); };")}`;
    const file = aDispatcherFile(await newTopic(kafka.bootstrap), aSubscription('one', { subscriberUri: 'http://127.0.0.1:9/' }));
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, file, {}, ['--import', noLooks, dispatcherMain]);
    await eventually('it is told', () => dispatcher.lines.some(({ level }) => level === 'error'), 10_000, () => [dispatcher.lines, dispatcher.noise]);
    const answer = async (path: string): Promise<unknown[]> => {
      const response = await fetch(dispatcher.url + path);
      return [response.status, await response.text()];
    };
    expect(await answer('/healthz')).toEqual([503, 'a subscription cannot be started or stopped\n']);
    expect((await answer('/readyz'))[0]).toBe(503);
  });
});

describe('the group', () => {
  test('shares its partitions with a second replica, and takes them back: nothing is lost or comes twice, the order holds', async () => {
    const topic = await newTopic(kafka.bootstrap, 4);
    await using subscriber = await testSubscriber((_request, response) => void setTimeout(() => response.end(), 25));
    const file = aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url }));
    await using first = await dispatcherProcess(kafka.bootstrap, file);
    await first.joined(1);
    const ids = numbers(1600);
    await writeRecords(kafka.bootstrap, topic, ...ids.map((id) => anEvent(id, { partition: Number(id) % 4 })));
    {
      await using second = await dispatcherProcess(kafka.bootstrap, file);
      await second.joined(1);
      await first.joined(2);
      const shares = [first, second].map((replica) => (replica.said('partitions assigned').at(-1)?.['partitions'] as number[]).length);
      expect(shares).toEqual([2, 2]);
      await eventually('the second delivers', () => second.said('delivered').length > 20, 20_000, () => second.lines.slice(-5));
      expect(await second.end('SIGTERM')).toBe(0);
    }
    await first.joined(3);
    await arrived(subscriber, ids, first);
    for (const partition of [0, 1, 2, 3]) {
      const isOf = (id: string): boolean => Number(id) % 4 === partition;
      expect(firstArrivals(subscriber, isOf)).toEqual(ids.filter(isOf));
    }
    // What is under way is waited for and committed before partitions change hands.
    expect(subscriber.requests.length).toBe(ids.length);
  });

  test('K8, P3: a replica that slept through its session starts nothing that others may have taken over', async () => {
    const topic = await newTopic(kafka.bootstrap, 4);
    await using subscriber = await testSubscriber((_request, response) => void setTimeout(() => response.end(), 10));
    const file = aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url, delivery: { timeoutMs: 600_000 } }));
    await using sleeper = await dispatcherProcess(kafka.bootstrap, file);
    await sleeper.joined(1);
    await using other = await dispatcherProcess(kafka.bootstrap, file);
    await other.joined(1);
    await sleeper.joined(2);
    const ids = numbers(800);
    await writeRecords(kafka.bootstrap, topic, ...ids.map((id) => anEvent(id, { partition: Number(id) % 4 })));
    await eventually('both deliver', () => sleeper.said('delivered').length > 20 && other.said('delivered').length > 20, 20_000, () => [sleeper.lines.slice(-3), other.lines.slice(-3)]);
    process.kill(sleeper.pid, 'SIGSTOP');
    await arrived(subscriber, ids, other);
    expect(await other.end('SIGTERM')).toBe(0);
    const requests = subscriber.requests.length;
    process.kill(sleeper.pid, 'SIGCONT');
    await sleeper.joined(3);
    await delay(1000);
    // It has all partitions again, and of what it had fetched ahead nothing is started: others have finished it.
    expect(subscriber.requests.length).toBe(requests);
    await writeRecords(kafka.bootstrap, topic, anEvent('next'));
    await arrived(subscriber, ['next'], sleeper);
    expect(await sleeper.end('SIGTERM')).toBe(0);
  });

  test('waits for a topic that does not exist yet', async () => {
    await using subscriber = await testSubscriber();
    const topic = `topic-${crypto.randomUUID()}`;
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url })));
    await eventually('its absence is said', () => dispatcher.lines.find(({ msg }) => msg.includes(topic) && msg.includes('trying again')), 20_000, () => dispatcher.lines);
    await newTopic(kafka.bootstrap, 2, topic);
    await writeRecords(kafka.bootstrap, topic, anEvent('1'));
    await arrived(subscriber, ['1'], dispatcher);
  });

  test('reads partitions that the topic gets later, from their beginning', async () => {
    const topic = await newTopic(kafka.bootstrap);
    await using subscriber = await testSubscriber();
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url })));
    await dispatcher.joined(1);
    await withAdmin(kafka.bootstrap, (admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] }));
    await writeRecords(kafka.bootstrap, topic, ...numbers(3).map((id) => anEvent(id, { partition: Number(id) })));
    await arrived(subscriber, numbers(3), dispatcher);
  });

  test('resumes at the start of the log, and says so once, when its offset has been deleted', async () => {
    const topic = await newTopic(kafka.bootstrap);
    await using subscriber = await testSubscriber();
    const spec = aSubscription('one', { subscriberUri: subscriber.url });
    await writeRecords(kafka.bootstrap, topic, ...numbers(10).map((id) => anEvent(id)));
    await withAdmin(kafka.bootstrap, async (admin) => {
      await admin.setOffsets({ groupId: spec.group, topic, partitions: [{ partition: 0, offset: '2' }] });
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '6' }] });
    });
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, spec));
    await arrived(subscriber, ['6', '7', '8', '9'], dispatcher);
    expect(subscriber.ids()).toEqual(['6', '7', '8', '9']);
    expect(dispatcher.lines.filter(({ msg }) => msg.includes('out of the range'))).toEqual([expect.objectContaining({ level: 'error', partition: 0, lost: 2, resumedAt: 6 })]);
  });

  test('passes transactions: what was committed arrives, what was aborted does not, markers stall nothing', async () => {
    const topic = await newTopic(kafka.bootstrap);
    const producer = kafkajsClient(kafka.bootstrap).producer({ transactionalId: `tx-${topic}`, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    for (const [id, outcome] of [['0', 'commit'], ['1', 'abort'], ['2', 'commit'], ['3', 'abort']] as const) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [anEvent(id)] });
      await transaction[outcome]();
    }
    await producer.disconnect();
    await using subscriber = await testSubscriber();
    const spec = aSubscription('one', { subscriberUri: subscriber.url });
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, spec));
    await arrived(subscriber, ['0', '2'], dispatcher);
    await eventually('the markers are committed, too', async () => (await committedOffsets(kafka.bootstrap, spec.group, topic))[0] === 8, 10_000);
    expect(subscriber.ids()).toEqual(['0', '2']);
  });
});

describe('a broker that dies', () => {
  test('and comes back: deliveries go on by themselves, the trouble is said once', async () => {
    const topic = await newTopic(kafka.bootstrap, 2);
    await using subscriber = await testSubscriber();
    const spec = aSubscription('one', { subscriberUri: subscriber.url });
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, spec));
    await writeRecords(kafka.bootstrap, topic, ...numbers(20, 'before-').map((id) => anEvent(id)));
    await arrived(subscriber, numbers(20, 'before-'), dispatcher);
    await kafka.kill();
    await delay(3000);
    await kafka.restart();
    await writeRecords(kafka.bootstrap, topic, ...numbers(20, 'after-').map((id) => anEvent(id)));
    await arrived(subscriber, numbers(20, 'after-'), dispatcher, 90_000);
    await eventually('offsets are committed', async () => (await committedOffsets(kafka.bootstrap, spec.group, topic)).reduce((sum, offset) => sum + offset, 0) === 40, 30_000, () => dispatcher.lines.slice(-5));
    expect(dispatcher.noise).toEqual([]);
    // Once for each error that a part of it has: closed, refused, not there yet.
    const warnings = dispatcher.lines.filter(({ level }) => level === 'warn').map(({ msg }) => msg.split(':')[0]);
    expect([...new Set(warnings)].filter((subject) => warnings.filter((other) => other === subject).length > 3)).toEqual([]);
  });

  test('for longer than the session: the member joins again', async () => {
    const topic = await newTopic(kafka.bootstrap, 2);
    await using subscriber = await testSubscriber();
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url })));
    await dispatcher.joined(1);
    await kafka.kill();
    await delay(13_000);
    await kafka.restart();
    await writeRecords(kafka.bootstrap, topic, ...numbers(20).map((id) => anEvent(id)));
    await arrived(subscriber, numbers(20), dispatcher, 90_000);
    expect(await dispatcher.end('SIGTERM')).toBe(0);
    expect(dispatcher.noise).toEqual([]);
  });
});
