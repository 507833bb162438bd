import { describe, expect, test } from '@jest/globals';

import { parseAddressables } from './addressables.ts';
import type { DeadLetterSink, SinkAddress } from './dead-letter-sink.ts';
import { addressInNote, kindToRead, noteOfRead, resolveDeadLetterSink } from './dead-letter-sink.ts';

const config = { clusterDomain: 'cluster.local', addressables: parseAddressables('Broker=brokers.v1.eventing.knative.dev,Channel=channels.v1.messaging.knative.dev') };
const broker: SinkAddress = { uri: 'http://broker-ingress.knative-eventing.svc.cluster.local/shop/b', CACerts: 'its CA', audience: 'its audience' };

/** Of a generic Channel with such a name, nobody but its status knows the Service. */
const long = 'd'.repeat(60);

function resolved(sink: DeadLetterSink): ReturnType<typeof resolveDeadLetterSink> {
  return resolveDeadLetterSink(sink, { channel: { namespace: 'shop', name: 'orders' }, config, read: (_kind, namespace, name) => (`${namespace}/${name}` === 'shop/b' || name === long ? broker : undefined) });
}

const ref = (apiVersion: string, kind: string, name = 'dead', namespace?: string): { ref: NonNullable<DeadLetterSink['ref']> } => ({ ref: { apiVersion, kind, name, ...(namespace && { namespace }) } });

describe('CP-13: resolveDeadLetterSink', () => {
  test.each([
    { sink: { uri: 'http://dead' }, uri: 'http://dead' },
    { sink: ref('v1', 'Service'), uri: 'http://dead.shop.svc.cluster.local' },
    { sink: { ...ref('v1', 'Service'), CACerts: 'PEM' }, uri: 'https://dead.shop.svc.cluster.local' },
    { sink: { ...ref('v1', 'Service', 'dead', 'ops'), uri: '/letters?all' }, uri: 'http://dead.ops.svc.cluster.local/letters?all' },
    { sink: ref('serving.knative.dev/v1', 'Service'), uri: 'http://dead.shop.svc.cluster.local' },
    { sink: ref('messaging.knative.dev/v1', 'Channel'), uri: 'http://dead-kn-channel.shop.svc.cluster.local' },
    { sink: ref('messaging.knative.dev/v1', 'InMemoryChannel'), uri: 'http://dead-kn-channel.shop.svc.cluster.local' },
    { sink: ref('messaging.knative.dev/v1beta1', 'KafkaChannel', 'd'.repeat(60)), uri: `http://${'d'.repeat(60)}.shop.svc.cluster.local` },
    { sink: ref('messaging.knative.dev/v1', 'Channel', long), uri: broker.uri },
    { sink: ref('eventing.knative.dev/v1', 'Broker', 'b'), uri: broker.uri },
    { sink: { ref: { apiVersion: 'v1', kind: 'Service', name: 'dead', namespace: '' } }, uri: 'http://dead.shop.svc.cluster.local' },
    { sink: { ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'b', namespace: '' } }, uri: broker.uri },
    { sink: { ...ref('eventing.knative.dev/v1beta1', 'Broker', 'b'), uri: 'c' }, uri: broker.uri.replace(/b$/, 'c') },
  ])('$sink', ({ sink, uri }) => expect(resolved(sink)).toMatchObject({ uri }));

  test('takes CA certificates and audience from the sink, else from what its ref says', () => {
    expect(resolved(ref('eventing.knative.dev/v1', 'Broker', 'b'))).toEqual(broker);
    expect(resolved({ ...ref('eventing.knative.dev/v1', 'Broker', 'b'), CACerts: 'mine', audience: 'mine' })).toMatchObject({ CACerts: 'mine', audience: 'mine' });
    expect(resolved({ uri: 'https://dead', CACerts: 'mine' })).toEqual({ uri: 'https://dead', CACerts: 'mine' });
  });

  test.each([
    ['a relative uri without a ref', { uri: '/dead' }],
    ['another scheme', { uri: 'ftp://dead' }],
    ['a relative uri that leaves http', { ...ref('v1', 'Service'), uri: 'javascript:alert(1)' }],
    ['a ref without a name', { ref: { apiVersion: 'v1', kind: 'Service' } }],
    ['a name that is no host name', ref('v1', 'Service', 'a b')],
    ['a kind that nobody has declared', ref('flows.knative.dev/v1', 'Sequence')],
    ['a channel of another kind, whose Service may have any name', ref('messaging.knative.dev/v1', 'InMemoryChannel', long)],
    ['no kind', { ref: { name: 'dead' } }],
  ])('says what to do about %s', (_name, sink) => expect(resolved(sink)).toEqual({ reason: 'DeadLetterSinkUnresolved', message: expect.stringMatching(/: give an absolute address in delivery\.deadLetterSink\.uri$/) }));

  test('waits for an object that is not there or has no address', () => {
    expect(resolved(ref('eventing.knative.dev/v1', 'Broker', 'b', 'ops'))).toEqual({ reason: 'DeadLetterSinkPending', message: 'waiting for Broker "ops/b" to have an address' });
  });

  test.each(['', 'broker-ingress/shop/b', 'kafka://broker/b'])('waits for an object whose address is "%s", where nothing can be sent to', (uri) => {
    const context = { channel: { namespace: 'shop', name: 'orders' }, config, read: () => ({ uri }) };
    expect(resolveDeadLetterSink(ref('eventing.knative.dev/v1', 'Broker', 'b'), context)).toMatchObject({ reason: 'DeadLetterSinkPending' });
    expect(noteOfRead(ref('eventing.knative.dev/v1', 'Broker', 'b').ref, context)).toBeUndefined();
  });
});

describe('what was read of a sink', () => {
  const context = { channel: { namespace: 'shop', name: 'orders' }, config, read: () => broker };
  const kind = parseAddressables('Broker=brokers.v1.eventing.knative.dev')[0] as ReturnType<typeof parseAddressables>[number];

  test('is noted with the object, and counts for that object alone', () => {
    const note = noteOfRead({ apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'b' }, context);
    expect(addressInNote(note, kind, 'shop', 'b')).toEqual({ uri: broker.uri });
    for (const [namespace, name] of [['shop', 'b2'], ['shop', ''], ['ops', 'b']] as const) expect(addressInNote(note, kind, namespace, name)).toBeUndefined();
    expect(addressInNote(note, { ...kind, kind: 'Channel' }, 'shop', 'b')).toBeUndefined();
    expect(addressInNote(7, kind, 'shop', 'b')).toBeUndefined();
  });

  test('is nothing where the name gives the address', () => {
    for (const ref of [{ apiVersion: 'messaging.knative.dev/v1', kind: 'Channel', name: 'short' }, { apiVersion: 'v1', kind: 'Service', name: 'b' }, { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker' }]) {
      expect(kindToRead(ref, context)).toBeUndefined();
      expect(noteOfRead(ref, context)).toBeUndefined();
    }
  });
});

describe('ADDRESSABLES', () => {
  test('are given by kubectl\'s names, and may be none', () => {
    expect(parseAddressables('')).toEqual([]);
    expect(parseAddressables('Broker=brokers.v1.eventing.knative.dev, Sequence=sequences.v1.flows.knative.dev')).toHaveLength(2);
    expect(() => parseAddressables('brokers')).toThrow('ADDRESSABLES: "brokers" is not of the form');
  });
});
