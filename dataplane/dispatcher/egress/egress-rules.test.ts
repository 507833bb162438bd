import { describe, expect, test } from '@jest/globals';

import { AddressList } from './address-list.ts';
import { EgressRules } from './egress-rules.ts';

const none = new AddressList();

describe('EgressRules', () => {
  test.each([
    'http-service.tenant.svc.cluster.local', 'orders-kn-channel.tenant.svc.cluster.local', 'orders-kn-channel.knative-eventing.svc.cluster.local', 'kafka-receiver-kafka.knative-eventing.svc.cluster.local',
    'broker-ingress.knative-eventing.svc.cluster.local', 'broker-filter.knative-eventing.svc.cluster.local', 'imc-dispatcher.knative-eventing.svc.cluster.local', 'job-sink.knative-eventing.svc',
    'Broker-Ingress.knative-eventing.svc.cluster.local.', 'example.com', 'knative-eventing.example.com',
  ])('lets events go to %s, which takes events', (host) => {
    expect(new EgressRules({ systemNamespace: 'knative-eventing' }).refusalOfName(host)).toBeUndefined();
  });

  test.each(['10.0.0.1', '10.244.0.7', '192.168.1.1', '172.16.0.1', '100.64.0.1', '203.0.113.7', '2001:db8::1', 'fd12::1', '::ffff:10.0.0.1'])('lets events go to pods, Services and the world: %s', (address) => {
    expect(new EgressRules({}).refusalOfAddress(address, none)).toBeUndefined();
  });

  test('takes names of the system namespace that the settings allow, in any form', () => {
    const rules = new EgressRules({ systemNamespace: 'events', allow: 'demo.events.svc.cluster.local, other-*.events' });
    expect(['demo', 'demo.events', 'demo.events.svc', 'other-one.events.svc', 'else.events.svc'].map((host) => rules.refusalOfName(host) === undefined)).toEqual([true, true, true, true, false]);
  });

  test('an allowed name does not make its address allowed', () => {
    expect(new EgressRules({ allow: 'localhost' }).refusalOfAddress('127.0.0.1', none)).toBe('a loopback address');
  });

  test('without a system namespace no name is refused', () => {
    const rules = new EgressRules({});
    expect(['kafka-channel-hooks', 'kafka-channel-hooks.knative-eventing.svc'].map((host) => rules.refusalOfName(host))).toEqual([undefined, undefined]);
  });

  test('names with a * are patterns, and have no address of their own', () => {
    const rules = new EgressRules({ deny: '*.internal.example, db.example' });
    expect([rules.refusalOfName('a.internal.example') === undefined, rules.refusalOfName('a.b.internal.example') === undefined, rules.deniedHosts]).toEqual([false, true, ['db.example']]);
  });

  test.each(['10.0.0.0/33', '10.0.0.256', 'a b', 'http://host/', '10.0.0.0/8/8', '::1/129', '-'])('%s is neither address, range nor name', (entry) => {
    expect(() => new EgressRules({ deny: `10.0.0.1, ${entry}` })).toThrow(`EGRESS_DENY: ${JSON.stringify(entry)} is no address, CIDR range or name`);
  });
});
