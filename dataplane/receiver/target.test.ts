import { describe, expect, test } from '@jest/globals';

import { Refusal } from './refusal.ts';
import { channelOfRequest } from './target.ts';

const orders = { namespace: 'shop', name: 'orders' };

describe('channelOfRequest', () => {
  test.each([
    { name: 'the host', url: '/', host: 'orders-kn-channel.shop.svc.cluster.local' },
    { name: 'the host, whatever the path', url: '/other/channel?x=1', host: 'orders-kn-channel.shop' },
    { name: 'the path', url: '/shop/orders?x=/a/b', host: '127.0.0.1:8080' },
    { name: 'the path, under the receiver\'s own name', url: '/shop/orders', host: 'kafka-receiver-kafka.knative-eventing.svc' },
    { name: 'the authority of an absolute address', url: 'http://orders-kn-channel.shop/x', host: 'other-kn-channel.shop' },
    { name: 'the path of an absolute address', url: 'HTTP://localhost:1/shop/orders?x', host: 'localhost' },
  ])('DP-9: a request is for the channel of $name', ({ url, host }) => expect(channelOfRequest({ url, rawHeaders: ['Host', host] })).toEqual(orders));

  test.each(['/', '/shop', '/shop/orders/x', '/../shop/orders', '/shop/%6frders', '/shop/orders%00', '*', '//evil/shop/orders', 'http://x/'])('DP-10: no channel: %s', (url) => {
    expect(() => channelOfRequest({ url, rawHeaders: ['Host', 'localhost'] })).toThrow(expect.objectContaining({ kind: 'unknown_channel' }));
  });

  test.each([
    ['none', []],
    ['two', ['Host', 'a-kn-channel.b', 'HOST', 'c-kn-channel.d']],
  ])('refuses a request with %s Host header', (_name, rawHeaders) => {
    expect(() => channelOfRequest({ url: '/shop/orders', rawHeaders })).toThrow(Refusal);
    expect(() => channelOfRequest({ url: '/shop/orders', rawHeaders })).toThrow('exactly one Host header');
  });
});
