import { expect, test } from '@jest/globals';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { changesBetween } from './changes.ts';

const object = (name: string, spec: object): KubernetesObject => ({ apiVersion: 'v1', kind: 'Service', metadata: { namespace: 'a', name }, spec });

test('says what is new, changed and gone, and how much is kept', () => {
  const old = [object('x', { a: 1, b: { c: 1 } }), object('y', {}), object('z', {})];
  const now = [object('x', { a: 2, b: { c: 2 } }), object('y', {}), object('w', {})];
  expect(changesBetween(old, now)).toBe('Service a/w is new; Service a/x: spec.a, spec.b changed; Service a/z is gone; 1 object and the events in Kafka are kept');
});

test('says nothing when nothing differs', () => expect(changesBetween([object('x', {})], [object('x', {})])).toBeUndefined());
