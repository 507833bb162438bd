import { describe, expect, test } from '@jest/globals';

import { AuthenticationError, MultipleErrors, NetworkError, ProtocolError, TimeoutError, UserError } from '@platformatic/kafka';

import { classifyError } from './classify-error.ts';

function tlsFailure(code: string): Error {
  return new NetworkError('Connection failed.', { cause: Object.assign(new Error('certificate of k.example'), { code }) });
}

describe('classifyError', () => {
  test.each([
    { name: 'a timeout', error: new TimeoutError('Request timed out'), want: 'unreachable' },
    { name: 'no broker', error: new MultipleErrors('Cannot connect to any broker.', [new NetworkError('Connection to k:9092 failed.')]), want: 'unreachable' },
    { name: 'anybody else\'s error', error: new TypeError('x is not a function'), want: 'unreachable' },
    { name: 'no error at all', error: undefined, want: 'unreachable' },
    { name: 'an election', error: new MultipleErrors('m', [new ProtocolError('COORDINATOR_NOT_AVAILABLE')]), want: 'busy' },
    { name: 'wrong credentials', error: new NetworkError('n', { cause: new AuthenticationError('a', { cause: new MultipleErrors('m', [new ProtocolError('SASL_AUTHENTICATION_FAILED')]) }) }), want: 'authentication' },
    { name: 'a failed SASL', error: new NetworkError('n', { cause: new AuthenticationError('a') }), want: 'authentication' },
    { name: 'a connection that ends during SASL', error: new NetworkError('n', { cause: new AuthenticationError('a', { cause: new NetworkError('Connection closed') }) }), want: 'unreachable' },
    { name: 'an unknown CA', error: tlsFailure('SELF_SIGNED_CERT_IN_CHAIN'), want: 'tls' },
    { name: 'another host\'s certificate', error: tlsFailure('ERR_TLS_CERT_ALTNAME_INVALID'), want: 'tls' },
    { name: 'plaintext to TLS', error: new UserError('Broker requires TLS.'), want: 'tls' },
    { name: 'no right', error: new MultipleErrors('m', [new ProtocolError('TOPIC_AUTHORIZATION_FAILED')]), want: 'authorization' },
    { name: 'members in the group', error: new MultipleErrors('m', [new MultipleErrors('n', [new ProtocolError('UNKNOWN_MEMBER_ID')])]), want: 'group-active' },
    { name: 'a topic that exists', error: new MultipleErrors('m', [new MultipleErrors('n', [new ProtocolError('TOPIC_ALREADY_EXISTS')])]), want: 'topic-exists' },
    { name: 'a topic that exists, asked for once more after no answer', error: new MultipleErrors('m', [new MultipleErrors('failed 2 times', [new NetworkError('Connection closed'), new MultipleErrors('n', [new ProtocolError('TOPIC_ALREADY_EXISTS')])])]), want: 'busy' },
    { name: 'a topic that exists, asked for once more after the broker\'s time was over', error: new MultipleErrors('failed 2 times', [new ProtocolError('REQUEST_TIMED_OUT'), new ProtocolError('TOPIC_ALREADY_EXISTS')]), want: 'busy' },
    { name: 'a refusal', error: new MultipleErrors('m', [new ProtocolError('INVALID_REPLICATION_FACTOR', 'only 1 broker')]), want: 'refused' },
  ])('$name', ({ error, want }) => expect(classifyError(error).trouble).toBe(want));

  test('shows neither addresses nor what the client says, but the broker\'s words', () => {
    const unreachable = classifyError(new MultipleErrors('m', [new NetworkError('Connection to kafka.internal:9092 failed.')]));
    expect(unreachable.message).not.toContain('kafka.internal');
    expect(classifyError(new ProtocolError('INVALID_CONFIG', 'Invalid value\nsoon')).message).toBe('Kafka refuses: INVALID_CONFIG: Invalid value soon');
  });

  test('ends on errors that hold themselves', () => {
    const error: Error & { cause?: unknown } = new Error('loop');
    error.cause = error;
    expect(classifyError(error).trouble).toBe('unreachable');
  });
});
