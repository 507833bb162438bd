import { AuthenticationError, MultipleErrors, NetworkError, TimeoutError } from '@platformatic/kafka';
import { describe, expect, test } from '@jest/globals';

import { connectionTrouble } from './connection-trouble.ts';

function nodeError(code: string, message = code): Error {
  return Object.assign(new Error(message), { code });
}

function wrapped(cause: Error): Error {
  return new MultipleErrors('Cannot connect to any broker.', [new NetworkError('Connection to a:1 failed.', { cause })]);
}

describe('connectionTrouble', () => {
  test.each([
    { given: wrapped(nodeError('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:1')), want: '"bootstrap.servers"' },
    { given: wrapped(new AuthenticationError('SASL authentication failed.')), want: '"password"' },
    { given: wrapped(nodeError('DEPTH_ZERO_SELF_SIGNED_CERT')), want: '"ca.crt"' },
    { given: wrapped(nodeError('ERR_SSL_WRONG_VERSION_NUMBER')), want: '"protocol"' },
    { given: new TimeoutError('Request timed out'), want: '"bootstrap.servers"' },
    { given: new NetworkError('Connection closed'), want: '"user.crt"' },
    { given: wrapped(nodeError('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')), want: '"user.crt"' },
  ])('names $want', ({ given, want }) => {
    expect(connectionTrouble(given)).toContain(want);
    expect(connectionTrouble(given)).not.toContain('\n');
  });

  test('says what it knows of anything else', () => expect(connectionTrouble(new Error('odd'))).toBe('odd'));
});
