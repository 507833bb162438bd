import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { testDispatcher } from '../support/dispatcher.ts';
import { aDispatcherFile, aSubscription } from '../support/dispatcher-file.ts';
import { dispatcherProcess } from '../support/dispatcher-process.ts';
import { eventually } from '../support/eventually.ts';
import { metricTroubles, promtoolSays } from '../support/metric-rules.ts';
import type { TestKafka } from '../support/kafka.ts';
import { securedTestKafka, testKafka } from '../support/kafka.ts';
import type { Answer } from '../support/subscriber.ts';
import { testSubscriber } from '../support/subscriber.ts';
import { anEvent, committedOffsets, newTopic, writeRecords } from '../support/topic.ts';

jest.setTimeout(90_000);

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await testKafka();
}, 180_000);
afterAll(() => kafka.stop());

/** Value of a series of the only subscription; undefined where it is not exported. */
function valueOf(text: string, name: string, more = ''): number | undefined {
  const found = new RegExp(`^kafkachannel_${name}\\{namespace="tenant",channel="orders",subscription="name-of-one"${more}\\} (\\S+)$`, 'm').exec(text);
  return found?.[1] === undefined ? undefined : Number(found[1]);
}

/** A subscriber that can be told to fail. */
function switched(): { answer: Answer; state: { status: number } } {
  const state = { status: 503 };
  return { state, answer: (_request, response) => void response.writeHead(state.status).end() };
}

describe('R8.1: what is seen of a subscription', () => {
  test('lag and age while it is behind, also of partitions that have no room for more; nothing once it has caught up', async () => {
    const topic = await newTopic(kafka.bootstrap, 2);
    const value = Buffer.alloc(100_000, 'x');
    await writeRecords(kafka.bootstrap, topic, ...Array.from({ length: 6 }, (_, index) => anEvent(String(index), { partition: index % 2, value })));
    const { answer, state } = switched();
    await using subscriber = await testSubscriber(answer);
    const spec = aSubscription('one', { subscriberUri: subscriber.url, delivery: { retry: 10_000, backoffDelayMs: 200, backoffPolicy: 'linear' } });
    await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, spec));
    const shows = (name: string, want: (value: number) => boolean): Promise<unknown> => {
      let text = '';
      return eventually(`${name} is as wanted`, async () => {
        text = await dispatcher.metrics();
        const found = valueOf(text, name);
        return found !== undefined && want(found);
      }, 20_000, () => text.split('\n').filter((line) => line.includes(name)));
    };
    await shows('subscription_lag', (lag) => lag === 6);
    await shows('subscription_oldest_event_age_seconds', (age) => age > 0.5 && age < 60);
    await writeRecords(kafka.bootstrap, topic, ...Array.from({ length: 8 }, (_, index) => anEvent(`more-${index}`, { partition: 0, value })));
    await shows('subscription_lag', (lag) => lag === 14);
    expect(valueOf(await dispatcher.metrics(), 'subscription_assigned_partitions')).toBe(2);
    state.status = 200;
    await shows('subscription_lag', (lag) => lag === 0);
    await shows('subscription_oldest_event_age_seconds', (age) => age === 0);
    const text = await dispatcher.metrics();
    expect([valueOf(text, 'rebalances_total'), valueOf(text, 'delivered_events_total'), valueOf(text, 'delivery_attempts_total', ',outcome="2xx"')]).toEqual([1, 14, 14]);
    expect(Math.abs(Date.now() / 1000 - (valueOf(text, 'subscription_last_commit_timestamp_seconds') ?? 0))).toBeLessThan(30);
    expect(valueOf(text, 'delivery_retries_total')).toBe(valueOf(text, 'delivery_attempts_total', ',outcome="5xx"'));
  });

  test('M1, DP-22: without any setting, metrics are served as docs/metrics.md says, no more and no less, and promtool has nothing to say', async () => {
    const topic = await newTopic(kafka.bootstrap, 1);
    await using subscriber = await testSubscriber();
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url })));
    await writeRecords(kafka.bootstrap, topic, anEvent('1'));
    const served = await eventually('it is delivered and committed', async () => {
      const text = await dispatcher.metrics();
      return valueOf(text, 'delivered_events_total') === 1 && valueOf(text, 'subscription_last_commit_timestamp_seconds') !== undefined && text;
    });
    const documented = (await readFile(join(import.meta.dirname, '../../docs/metrics.md'), 'utf8')).matchAll(/^\| `(kafkachannel_(?!receiver_|hook_|kafka_|topic_|objects)\w+)` \| (\w+) \|/gm);
    const typesServed = Array.from(served.matchAll(/^# TYPE (\S+) (\S+)$/gm), ([, name, type]) => `${name ?? ''} ${type ?? ''}`);
    expect(typesServed.sort()).toEqual(Array.from(documented, ([, name, type]) => `${name ?? ''} ${type ?? ''}`).sort());
    expect(metricTroubles(served)).toEqual([]);
    const said = await promtoolSays(served);
    if (said === undefined) process.stderr.write('SKIPPED: promtool is not on the PATH: set PROMTOOL_BIN\n');
    else expect(said).toEqual({ code: 0, output: '' });
  });

  test('S4, R2.4: a dead letter sink that is down holds up its partition alone, and shows', async () => {
    const topic = await newTopic(kafka.bootstrap, 2);
    await writeRecords(kafka.bootstrap, topic, anEvent('bad', { partition: 0 }), anEvent('behind', { partition: 0 }), ...Array.from({ length: 10 }, (_, index) => anEvent(`free-${index}`, { partition: 1 })));
    await using subscriber = await testSubscriber(({ headers }, response) => void response.writeHead(headers['ce-id'] === 'bad' ? 400 : 200).end());
    const { answer, state } = switched();
    await using sink = await testSubscriber(answer);
    const spec = aSubscription('one', { subscriberUri: subscriber.url, delivery: { deadLetterUri: sink.url } });
    await using dispatcher = testDispatcher(kafka.bootstrap, aDispatcherFile(topic, spec));
    await eventually('the sink was tried three times, and the other partition is done', () => sink.requests.length >= 3 && subscriber.ids().includes('free-9'), 20_000, () => [sink.ids(), subscriber.ids()]);
    expect(valueOf(await dispatcher.metrics(), 'subscription_dead_letters_waiting')).toBe(1);
    expect(dispatcher.said('waiting for the dead letter sink')).toEqual([expect.objectContaining({ level: 'warn', channel: 'tenant/orders', subscription: 'name-of-one', eventId: 'bad', eventSource: '/test', partition: 0, offset: 0, status: 503 })]);
    expect(subscriber.ids()).not.toContain('behind');
    await eventually('only the other partition is committed', async () => (await committedOffsets(kafka.bootstrap, spec.group, topic))[1] === 10, 10_000);
    expect((await committedOffsets(kafka.bootstrap, spec.group, topic))[0]).toBeLessThanOrEqual(0);
    state.status = 200;
    await eventually('it is delivered, and so is what was behind it', () => subscriber.ids().includes('behind'), 20_000, () => dispatcher.lines.slice(-5));
    const text = await dispatcher.metrics();
    expect([valueOf(text, 'subscription_dead_letters_waiting'), valueOf(text, 'dead_lettered_events_total')]).toEqual([0, 1]);
  });
});

describe('readiness', () => {
  test('M3: comes when every partition is read, and says what is missing until then; meanwhile, metrics say that no partition is assigned', async () => {
    const spec = aSubscription('one', { subscriberUri: 'http://127.0.0.1:9/' });
    const topic = `late-${crypto.randomUUID()}`;
    await using dispatcher = await dispatcherProcess(kafka.bootstrap, aDispatcherFile(topic, spec));
    const ready = async (): Promise<[number, string]> => {
      const response = await fetch(`${dispatcher.url}/readyz`);
      return [response.status, await response.text()];
    };
    let last: unknown;
    await eventually('the topic is missed', async () => {
      last = await ready();
      return (last as [number, string])[0] === 503 && /^subscription name-of-one /.test((last as [number, string])[1]);
    }, 20_000, () => last);
    expect((await fetch(`${dispatcher.url}/healthz`)).status).toBe(200);
    expect(valueOf(await dispatcher.metrics(), 'subscription_assigned_partitions')).toBe(0);
    await newTopic(kafka.bootstrap, 3, topic);
    await eventually('ready', async () => (last = await ready(), (last as [number, string])[0] === 200), 40_000, () => [last, dispatcher.lines.slice(-5)]);
    expect(await dispatcher.end('SIGTERM')).toBe(0);
  });

  test('comes to a replica for which no partition is left: the one that it is to replace may go then, and it delivers', async () => {
    const topic = await newTopic(kafka.bootstrap);
    await using subscriber = await testSubscriber();
    const file = aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url }));
    await using first = await dispatcherProcess(kafka.bootstrap, file);
    await first.joined(1);
    await using second = await dispatcherProcess(kafka.bootstrap, file);
    let last = '';
    await eventually('it is ready', async () => {
      const response = await fetch(`${second.url}/readyz`);
      last = await response.text();
      return response.ok;
    }, 40_000, () => [last, second.lines.slice(-5)]);
    expect(second.said('partitions assigned')).toEqual([]);
    expect(await first.end('SIGTERM')).toBe(0);
    await writeRecords(kafka.bootstrap, topic, anEvent('1'));
    await eventually('it delivers', () => second.said('delivered').length === 1, 30_000, () => second.lines.slice(-5));
  });
});

describe('O10: the Kafka Secret', () => {
  test('is followed: with the right credentials in place it delivers, without a restart, and nothing is lost on the way', async () => {
    await using secured = await securedTestKafka();
    const topic = await newTopic(secured.bootstrap);
    await writeRecords(secured.bootstrap, topic, anEvent('1'));
    await using subscriber = await testSubscriber();
    const file = aDispatcherFile(topic, aSubscription('one', { subscriberUri: subscriber.url }));
    const secret = { 'bootstrap.servers': secured.securedBootstrap, protocol: 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', user: secured.user, password: 'old', 'ca.crt': secured.ca };
    await using dispatcher = await dispatcherProcess(secret, file);
    await eventually('the old password is refused', () => dispatcher.lines.find(({ msg }) => /authentication/i.test(msg)), 20_000, () => dispatcher.lines);
    await dispatcher.putSecret({ ...secret, password: secured.password });
    await eventually('delivered with the new password', () => subscriber.ids().length === 1, 40_000, () => dispatcher.lines.slice(-10));
    await dispatcher.putSecret({ ...secret, password: '' });
    await eventually('an unusable Secret is said', () => dispatcher.lines.find(({ level, msg }) => level === 'error' && msg.includes('keeping the connection that there is')), 20_000, () => dispatcher.lines.slice(-5));
    await dispatcher.putSecret({ 'bootstrap.servers': secured.bootstrap });
    await eventually('another way to Kafka is taken', () => dispatcher.said('the Kafka Secret has changed: connecting to Kafka anew').length === 2, 20_000, () => dispatcher.lines.slice(-5));
    await writeRecords(secured.bootstrap, topic, anEvent('2'));
    await eventually('delivered over the other way', () => subscriber.ids().length === 2, 40_000, () => dispatcher.lines.slice(-10));
    expect(subscriber.ids()).toEqual(['1', '2']);
    expect(await dispatcher.end('SIGTERM')).toBe(0);
  });
});
