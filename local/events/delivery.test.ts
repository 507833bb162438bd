import { describe, expect, test } from '@jest/globals';

import type { Delivery } from './delivery.ts';
import { deliveryLine, deliveryOf } from './delivery.ts';
import { DeliveryLog } from './delivery-log.ts';

const delivery: Delivery = {
  time: '2026-01-02T03:04:05.678',
  outcome: 'delivered',
  channel: 'default/orders',
  subscription: 'billing',
  subscriptionUid: 'u',
  eventType: 'com.example.paid',
  eventId: '42',
  attempt: 1,
  status: 204,
  durationMs: 12.4,
  destination: 'subscriber',
};

describe('deliveryLine', () => {
  test.each<[string, Partial<Delivery>, string]>([
    ['a delivery', {}, '03:04:05.678  default/orders → billing  com.example.paid  id 42  attempt 1  204  12 ms'],
    ['a reply', { destination: 'reply' }, '03:04:05.678  default/orders → billing (reply)  com.example.paid  id 42  attempt 1  204  12 ms'],
    ['a failure that is tried again', { outcome: 'retrying', status: 503, attempt: 2, nextAttemptInMs: 400, error: 'busy' }, '03:04:05.678  default/orders → billing  com.example.paid  id 42  attempt 2  503  12 ms  busy  next attempt in 0.4 s'],
    ['no answer', { outcome: 'retrying', status: null, nextAttemptInMs: 1000, error: 'connection refused' }, '03:04:05.678  default/orders → billing  com.example.paid  id 42  attempt 1  no answer  12 ms  connection refused  next attempt in 1.0 s'],
    ['a dead letter', { outcome: 'dead-lettered', status: 400, destination: 'deadLetterSink' }, '03:04:05.678  default/orders → billing (dead letter sink)  com.example.paid  id 42  attempt 1  400  12 ms  given up: sent to the dead letter sink'],
    ['an event given up', { outcome: 'dropped', status: 400 }, '03:04:05.678  default/orders → billing  com.example.paid  id 42  attempt 1  400  12 ms  given up: no dead letter sink takes it'],
    ['a record that is no event', { eventType: null, eventId: null }, '03:04:05.678  default/orders → billing  no CloudEvent  id -  attempt 1  204  12 ms'],
    ['an id that would steer the terminal', { eventId: '\u001b[2J' }, '03:04:05.678  default/orders → billing  com.example.paid  id ?[2J  attempt 1  204  12 ms'],
  ])('%s', (_name, change, line) => {
    expect(deliveryLine({ ...delivery, ...change })).toBe(line);
  });
});

describe('deliveryOf', () => {
  test('takes the ends of attempts out of a dispatcher\'s log', () => {
    const { outcome, ...fields } = delivery;
    expect(deliveryOf(JSON.stringify({ level: 'debug', msg: outcome, ...fields }))).toMatchObject(delivery);
  });

  test.each(['no JSON', '{"msg":"dispatcher started"}', '{"msg":"delivered"}', '{broken'])('nothing else: %s', (line) => {
    expect(deliveryOf(line)).toBeUndefined();
  });
});

describe('DeliveryLog', () => {
  const recipients = ['u', 'v'].map((uid) => ({ eventId: '42', recipient: { channel: 'default/orders', subscription: uid, uid } }));

  test('settles when everybody has the event', async () => {
    const log = new DeliveryLog();
    let over = false;
    const settled = log.settled(recipients, new AbortController().signal).then(() => (over = true));
    log.add(delivery);
    log.add({ ...delivery, subscriptionUid: 'v', outcome: 'retrying' });
    await Promise.resolve();
    expect(over).toBe(false);
    log.add({ ...delivery, subscriptionUid: 'v' });
    await settled;
  });

  test('settles when it is given up for one, and when the time is over', async () => {
    const log = new DeliveryLog();
    log.add({ ...delivery, outcome: 'dropped' });
    await log.settled(recipients, new AbortController().signal);
    await new DeliveryLog().settled(recipients, AbortSignal.timeout(10));
  });

  test('what comes after a delivery does not undo it', () => {
    const log = new DeliveryLog();
    log.add(delivery);
    log.add({ ...delivery, outcome: 'dropped', destination: 'reply' });
    expect(log.last('42', { channel: 'default/orders', subscription: '', uid: 'u' })?.outcome).toBe('delivered');
  });
});
