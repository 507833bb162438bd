import { describe, expect, test } from '@jest/globals';

import { seeded } from '../test/support/random.ts';
import type { ChannelKey } from './names.ts';
import { channelHost, channelOfHost, channelOfPath, channelServiceName, dispatcherName, groupId, groupIdByName, hasHostOfItsOwn, labelValue, receiverHost, receiverName, topicName } from './names.ts';

const orders = { namespace: 'shop', name: 'orders' };

describe('names shared with the peer', () => {
  test('topic, group and Service are the peer\'s, so that a channel can be taken over in place', () => {
    expect(topicName(orders)).toBe('knative-messaging-kafka.shop.orders');
    expect(groupId(orders, 'a-1')).toBe('kafka.shop.orders.a-1');
    expect(channelServiceName('orders')).toBe('orders-kn-channel');
    expect(channelHost(orders, 'cluster.local')).toBe('orders-kn-channel.shop.svc.cluster.local');
  });

  test('F-14: a channel name of 63 characters is its own Service name', () => {
    const name = 'n'.repeat(63);
    expect(channelServiceName(name)).toBe(name);
    expect(channelOfHost(`${name}.shop`)).toEqual({ namespace: 'shop', name });
  });
});

describe('channelOfHost', () => {
  test.each([
    'orders-kn-channel.shop',
    'orders-kn-channel.shop.svc',
    'orders-kn-channel.shop.svc.cluster.local',
    'orders-kn-channel.shop.svc.corp.example:8080',
    'ORDERS-KN-CHANNEL.Shop.SVC',
    'orders-kn-channel.shop.svc.cluster.local.',
  ])('%s', (host) => expect(channelOfHost(host)).toEqual(orders));

  test.each(['', 'localhost', 'localhost:8080', '127.0.0.1:8080', 'orders.shop.svc', '-kn-channel.shop', 'orders-kn-channel', 'orders-kn-channel.shop.pod', 'orders_x-kn-channel.shop'])(
    'names no channel: %s',
    (host) => expect(channelOfHost(host)).toBeUndefined(),
  );
});

describe('channelOfPath', () => {
  test.each(['/shop/orders', '/shop/orders/'])('%s', (path) => expect(channelOfPath(path)).toEqual(orders));
  test.each(['', '/', '/shop', '/shop/', '//orders', '/shop/orders/x', '/shop/orders//', 'shop/orders', '/shop/../x', '/Shop/orders', '/shop/%00'])(
    'names no channel: %s',
    (path) => expect(channelOfPath(path)).toBeUndefined(),
  );
});

describe('M10: names of 5,000 generated channels', () => {
  const random = seeded(10);
  const letters = 'abz09-';
  const label = (longest: number): string => {
    const length = 1 + Math.floor(random() * (random() < 0.2 ? longest : 6));
    const text = Array.from({ length }, () => letters[Math.floor(random() * letters.length)] ?? 'a').join('');
    return `a${text}`.slice(0, longest).replace(/-+$/, 'z');
  };
  const keys = [...new Map(Array.from({ length: 5000 }, () => ({ namespace: label(63), name: label(63) })).map((key) => [`${key.namespace}/${key.name}`, key])).values()];
  const uid = '0a1b2c3d-1111-4222-8333-444455556666';

  test.each([
    ['topic', topicName, /^[a-zA-Z0-9._-]{1,249}$/],
    ['group by uid', (key: ChannelKey) => groupId(key, uid), /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/],
    ['group by name', (key: ChannelKey) => groupIdByName(key, key.name.repeat(4).slice(0, 253).replace(/-+$/, '')) ?? '', /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/],
    ['host', (key: ChannelKey) => channelHost(key, 'cluster.local'), /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)+$/],
    ['dispatcher', dispatcherName, /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/],
  ])('%s: one for each channel, and legal', (_what, nameOf, legal) => {
    const names = keys.map(nameOf);
    expect(names.filter((name) => !legal.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(keys.length);
  });

  test('host and path lead back to the channel, or its name is known to be that of another channel\'s Service', () => {
    for (const key of keys) {
      expect(channelOfPath(`/${key.namespace}/${key.name}`)).toEqual(key);
      const other = { ...key, name: key.name.replace(/-kn-channel$/, '') };
      expect({ key, own: hasHostOfItsOwn(key) }).toEqual({ key, own: key.name.length <= 52 || other.name === key.name });
      expect(channelOfHost(channelHost(key, 'cluster.local'))).toEqual(hasHostOfItsOwn(key) ? key : other);
    }
  });

  test.each([52, 53, 54, 63])('a name of %d characters that ends with -kn-channel has a host of its own only where the suffix still fits', (length) => {
    const name = `${'a'.repeat(length - 11)}-kn-channel`;
    expect(hasHostOfItsOwn({ namespace: 'shop', name })).toBe(length <= 52);
  });
});

describe('names of what we make', () => {
  test.each(['kafka', 'k'.repeat(37), 'k'.repeat(38), 'k'.repeat(253)])('the receiver of a Secret is never taken for a channel: %s', (secret) => {
    expect(channelOfHost(receiverHost(secret, 'knative-eventing', 'cluster.local'))).toBeUndefined();
  });

  test('dispatchers of channels whose concatenations collide have different names', () => {
    expect(dispatcherName({ namespace: 'a-b', name: 'c' })).not.toBe(dispatcherName({ namespace: 'a', name: 'b-c' }));
  });

  test('T: nobody finds a channel whose dispatcher has the name of another\'s: no two of 200,000 that look alike have', () => {
    const keys = Array.from({ length: 200_000 }, (_, index) => ({ namespace: `customer-service-${index % 2 === 0 ? 'dev' : 'prod'}`, name: `orders--------------${index}` }));
    expect(new Set(keys.map(dispatcherName)).size).toBe(keys.length);
  });

  test('every name is a DNS label, however long its parts', () => {
    const long = { namespace: 'a-'.repeat(31) + 'a', name: 'n'.repeat(63) };
    for (const name of [dispatcherName(long), dispatcherName(orders), receiverName('kafka'), receiverName('s.'.repeat(120) + 's'), labelValue('v'.repeat(200))]) {
      expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      expect(name.length).toBeLessThanOrEqual(63);
    }
  });
});
