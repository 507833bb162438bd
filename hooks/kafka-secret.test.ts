import { describe, expect, test } from '@jest/globals';

import { annotation } from '../contract/names.ts';
import { aSecret, systemNamespace } from '../test/support/hook-objects.ts';
import type { Fault } from './kafka-secret.ts';
import { chooseKafkaSecret, connectionOf, isFault } from './kafka-secret.ts';

const plain = { 'bootstrap.servers': 'k:9092' };
const a = aSecret(plain, { name: 'a' });
const b = aSecret(plain, { name: 'b' });
const byDefault = { [annotation.defaultKafkaSecret]: 'true' };
const unlabelled = aSecret(plain, { name: 'x', labels: {} });
const elsewhere = aSecret(plain, { name: 'y', namespace: 'shop' });

describe('chooseKafkaSecret', () => {
  test.each([
    { name: 'the only one', secrets: [a], wanted: undefined, used: undefined, want: 'a' },
    { name: 'the one that is named', secrets: [a, b], wanted: 'b', used: undefined, want: 'b' },
    { name: 'the default of several', secrets: [a, aSecret(plain, { name: 'b', annotations: byDefault })], wanted: undefined, used: undefined, want: 'b' },
    { name: 'none', secrets: [], wanted: undefined, used: undefined, want: 'KafkaSecretMissing' },
    { name: 'none with the label', secrets: [unlabelled], wanted: 'x', used: undefined, want: 'KafkaSecretMissing' },
    { name: 'none in the system namespace', secrets: [elsewhere], wanted: undefined, used: undefined, want: 'KafkaSecretMissing' },
    { name: 'the named one is not there', secrets: [a], wanted: 'b', used: undefined, want: 'KafkaSecretMissing' },
    { name: 'several and no default', secrets: [a, b], wanted: undefined, used: undefined, want: 'KafkaSecretAmbiguous' },
    { name: 'several defaults', secrets: ['a', 'b'].map((name) => aSecret(plain, { name, annotations: byDefault })), wanted: undefined, used: undefined, want: 'KafkaSecretAmbiguous' },
    { name: 'the one that it uses, whichever is the default since', secrets: [a, aSecret(plain, { name: 'b', annotations: byDefault })], wanted: undefined, used: 'a', want: 'a' },
    { name: 'the only one that is left', secrets: [b], wanted: undefined, used: 'a', want: 'b' },
    { name: 'the named one, which it uses', secrets: [a, b], wanted: 'a', used: 'a', want: 'a' },
    { name: 'the named one, where that it used is gone', secrets: [b, unlabelled], wanted: 'b', used: 'x', want: 'b' },
    { name: 'another one is named than it uses', secrets: [a, b], wanted: 'b', used: 'a', want: 'KafkaSecretInUse' },
    { name: 'several and no default, though it uses one', secrets: [a, b], wanted: undefined, used: 'a', want: 'KafkaSecretAmbiguous' },
  ])('$name', ({ secrets, wanted, used, want }) => {
    const chosen = chooseKafkaSecret(secrets, { wanted, used }, systemNamespace);
    expect(isFault(chosen) ? chosen.reason : chosen.metadata.name).toBe(want);
  });
});

describe('connectionOf', () => {
  test('names the key that is wrong and shows no value', () => {
    const fault = connectionOf(aSecret({ ...plain, protocol: 'SASL_SSL', 'sasl.mechanism': 'hunter2' })) as Fault;
    expect(fault).toEqual({ reason: 'KafkaSecretInvalid', message: expect.stringMatching(/^Secret "kafka": .*"sasl.mechanism".*"user".*"password"/) });
    expect(fault.message).not.toContain('hunter2');
  });
});
