import { describe, expect, test } from '@jest/globals';

import { Targets } from './target.ts';

const orders = { namespace: 'shop', name: 'orders' };

describe('Targets', () => {
  test.each([
    { name: 'the host', url: '/', host: 'orders-kn-channel.shop.svc.cluster.local' },
    { name: 'the host, whatever the path', url: '/other/channel?x=1', host: 'orders-kn-channel.shop' },
    { name: 'the path', url: '/shop/orders?x=/a/b', host: '127.0.0.1:8080' },
    { name: 'the path, under the receiver\'s own name', url: '/shop/orders', host: 'kafka-receiver-kafka.knative-eventing.svc' },
    { name: 'the authority of an absolute address', url: 'http://orders-kn-channel.shop/x', host: 'other-kn-channel.shop' },
    { name: 'the path of an absolute address', url: 'HTTP://localhost:1/shop/orders?x', host: 'localhost' },
  ])('DP-9: a request is for the channel of $name', ({ url, host }) => {
    const targets = new Targets();
    for (const time of ['first', 'again']) expect([time, targets.find(url, host)]).toMatchObject([time, orders]);
  });

  test('R11.5: what a sender makes longer and longer, a query, say, is not remembered', () => {
    const targets = new Targets();
    const again = (url: string): boolean => targets.find(url, 'localhost') === targets.find(url, 'localhost');
    expect([again('/shop/orders?x=1'), again(`/shop/orders?x=${'1'.repeat(1000)}`)]).toEqual([true, false]);
  });

  test.each(['/', '/shop', '/shop/orders/x', '/../shop/orders', '/shop/%6frders', '/shop/orders%00', '*', '//evil/shop/orders', 'http://x/'])('DP-10: no channel: %s', (url) => {
    expect(() => new Targets().find(url, 'localhost')).toThrow(expect.objectContaining({ kind: 'unknown_channel' }));
  });
});
