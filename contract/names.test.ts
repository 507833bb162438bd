import { describe, expect, test } from '@jest/globals';

import { channelHost, channelOfHost, channelOfPath, channelServiceName, dispatcherName, groupId, labelValue, receiverHost, receiverName, topicName } from './names.ts';

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

describe('names of what we make', () => {
  test.each(['kafka', 'k'.repeat(37), 'k'.repeat(38), 'k'.repeat(253)])('the receiver of a Secret is never taken for a channel: %s', (secret) => {
    expect(channelOfHost(receiverHost(secret, 'knative-eventing', 'cluster.local'))).toBeUndefined();
  });

  test('dispatchers of channels whose concatenations collide have different names', () => {
    expect(dispatcherName({ namespace: 'a-b', name: 'c' })).not.toBe(dispatcherName({ namespace: 'a', name: 'b-c' }));
  });

  test('every name is a DNS label, however long its parts', () => {
    const long = { namespace: 'a-'.repeat(31) + 'a', name: 'n'.repeat(63) };
    for (const name of [dispatcherName(long), dispatcherName(orders), receiverName('kafka'), receiverName('s.'.repeat(120) + 's'), labelValue('v'.repeat(200))]) {
      expect(name).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/);
      expect(name.length).toBeLessThanOrEqual(63);
    }
  });
});
