import { describe, expect, test } from '@jest/globals';

import { KafkaSecretError, parseKafkaConnection } from './kafka-connection.ts';

const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----';
const privateKey = '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----';

function parse(data: Record<string, string>) {
  return parseKafkaConnection(new Map(Object.entries(data)));
}

describe('parseKafkaConnection', () => {
  test.each([
    { name: 'brokers alone is PLAINTEXT', given: { brokers: 'a:9092, b:9092' }, want: { bootstrapBrokers: ['a:9092', 'b:9092'] } },
    { name: 'SSL with system roots', given: { 'bootstrap.servers': 'a:9093', protocol: 'SSL' }, want: { bootstrapBrokers: ['a:9093'], tls: {} } },
    {
      name: 'SSL with a client certificate',
      given: { 'bootstrap.servers': 'a:9093', protocol: 'ssl', 'ca.crt': certificate, 'user.crt': certificate, 'user.key': privateKey },
      want: { bootstrapBrokers: ['a:9093'], tls: { ca: certificate, cert: certificate, key: privateKey } },
    },
    {
      name: 'SASL_PLAINTEXT with PLAIN by default',
      given: { 'bootstrap.servers': 'a:9094', protocol: 'SASL_PLAINTEXT', user: 'u', password: 'p' },
      want: { bootstrapBrokers: ['a:9094'], sasl: { mechanism: 'PLAIN', username: 'u', password: 'p' } },
    },
    {
      name: 'SASL_SSL with SCRAM',
      given: { 'bootstrap.servers': 'a:9095', protocol: 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', username: 'u', password: 'p\n', 'ca.crt': certificate },
      want: { bootstrapBrokers: ['a:9095'], tls: { ca: certificate }, sasl: { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' } },
    },
    {
      name: 'without protocol, credentials and a CA imply SASL_SSL',
      given: { brokers: 'a:9095', username: 'u', password: 'p', 'ca.crt': certificate },
      want: { bootstrapBrokers: ['a:9095'], tls: { ca: certificate }, sasl: { mechanism: 'PLAIN', username: 'u', password: 'p' } },
    },
  ])('$name', ({ given, want }) => expect(parse(given as Record<string, string>)).toEqual(want));

  test('names every wrong or missing key at once and shows no value', () => {
    const secretWords = ['hunter2', 'GSSAPI-secret', 'not pem'];
    const given = { 'bootstrap.servers': 'a:9095,hunter2', protocol: 'SASL_SSL', 'sasl.mechanism': 'GSSAPI-secret', 'ca.crt': 'not pem' };
    let message = '';
    try {
      parse(given);
    } catch (error) {
      expect(error).toBeInstanceOf(KafkaSecretError);
      message = (error as Error).message;
    }
    for (const key of ['bootstrap.servers', 'sasl.mechanism', 'user', 'password', 'ca.crt']) expect(message).toContain(`"${key}"`);
    for (const word of secretWords) expect(message).not.toContain(word);
    expect(message).not.toContain('\n');
  });

  test.each([
    [{}, '"bootstrap.servers" is missing'],
    [{ brokers: 'a:0' }, 'entry 1 of 1 is not HOST:PORT'],
    [{ brokers: 'a:1', protocol: 'TLS' }, '"protocol" must be one of PLAINTEXT, SSL'],
    [{ brokers: 'a:1', protocol: 'SSL', 'user.crt': certificate }, '"user.key" is missing'],
  ])('%j is refused', (given, message) => expect(() => parse(given as Record<string, string>)).toThrow(message));
});
