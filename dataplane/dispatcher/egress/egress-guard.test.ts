import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { HttpClient, Outcome } from '../http/http-client.ts';
import { createHttpClient } from '../http/http-client.ts';
import type { EgressGuardOptions, HostAddress } from './egress-guard.ts';
import { EgressGuard } from './egress-guard.ts';
import type { EgressSettings } from './egress-rules.ts';
import { EgressRules } from './egress-rules.ts';

const reached = { connections: 0 };
const servers: Server[] = [];
const clients: HttpClient[] = [];
let port = 0;

/** The secret service: on all of 127.0.0.0/8, and on ::1, at one port. */
beforeAll(async () => {
  for (const host of ['0.0.0.0', '::1']) {
    const server = createServer((_request, response) => response.writeHead(400, { connection: 'close' }).end('secret')).on('connection', () => (reached.connections += 1));
    server.listen(port, host);
    await once(server, 'listening');
    servers.push(server);
    port = (server.address() as AddressInfo).port;
  }
});

afterAll(async () => {
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
});

afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  reached.connections = 0;
});

const at = (...addresses: string[]): HostAddress[] => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

/** Names as a cluster's DNS, or an attacker's, may answer them. */
const names: Readonly<Record<string, HostAddress[]>> = {
  'localhost': at('::1', '127.0.0.1'),
  'localhost.': at('127.0.0.1'),
  'loopback.evil.example': at('127.0.0.1'),
  'mapped.evil.example': at('::ffff:127.0.0.1'),
  'metadata.google.internal': at('169.254.169.254'),
  'unspecified.evil.example': at('0.0.0.0'),
  'kubernetes.default.svc': at('10.96.0.1'),
  'kafka.internal': at('10.0.0.9'),
  'alias-of-kafka.evil.example': at('10.0.0.9'),
  'denied.example': at('10.7.7.7'),
  'alias-of-denied.evil.example': at('10.7.7.7'),
};

function guarded(settings: EgressSettings = {}, more: Partial<EgressGuardOptions> = {}): HttpClient {
  const rules = new EgressRules({ deny: 'denied.example,10.96.0.1,172.30.0.0/16', systemNamespace: 'knative-eventing', ...settings });
  const lookup = (host: string): Promise<HostAddress[]> => (names[host] ? Promise.resolve(names[host]) : Promise.reject(new Error(`getaddrinfo ENOTFOUND ${host}`)));
  const client = createHttpClient(new EgressGuard({ rules, kafkaHosts: () => ['kafka.internal', '10.0.0.8'], lookup, ...more }));
  clients.push(client);
  return client;
}

async function post(client: HttpClient, url: string): Promise<Outcome> {
  return await client.post({ url: url.replaceAll('PORT', String(port)), headers: [], body: undefined, timeoutMs: 3000, bodyLimit: 1024, permit: { isValid: true }, signal: new AbortController().signal });
}

const forbidden: readonly string[] = [
  // Loopback in every spelling that URLs know
  'http://127.0.0.1:PORT/', 'http://127.0.0.1.:PORT/', 'http://127.1:PORT/', 'http://127.0.1:PORT/', 'http://127.8.9.10:PORT/', 'http://2130706433:PORT/', 'http://0x7f000001:PORT/', 'http://0x7f.1:PORT/',
  'http://0177.0.0.1:PORT/', 'http://017700000001:PORT/', 'http://127.0.0.1%2e:PORT/', 'http://１２７.0.0.1:PORT/', 'http://127。0。0。1:PORT/', 'http://[::1]:PORT/', 'http://[0:0:0:0:0:0:0:1]:PORT/',
  'http://[::ffff:127.0.0.1]:PORT/', 'http://[::ffff:7f00:1]:PORT/', 'http://[::127.0.0.1]:PORT/', 'http://[64:ff9b::127.0.0.1]:PORT/', 'http://[2002:7f00:1::]:PORT/', 'http://localhost:PORT/', 'http://LOCALHOST:PORT/',
  'http://localhost.:PORT/', 'https://localhost:PORT/', 'https://127.0.0.1:PORT/', 'http://loopback.evil.example:PORT/', 'http://mapped.evil.example:PORT/', 'http://LoopBack.Evil.Example:PORT/',
  // Unspecified: Linux takes it for loopback
  'http://0:PORT/', 'http://0.0.0.0:PORT/', 'http://0.0.0.1:PORT/', 'http://[::]:PORT/', 'http://[::ffff:0.0.0.0]:PORT/', 'http://unspecified.evil.example:PORT/',
  // Link-local and metadata services
  'http://169.254.169.254/latest/meta-data/', 'http://0xa9fea9fe/', 'http://[fe80::1]/', 'http://[::ffff:169.254.169.254]/', 'http://metadata.google.internal/', 'http://[fd00:ec2::254]/', 'http://100.100.100.200/', 'http://168.63.129.16/',
  // Neither one host
  'http://224.0.0.1/', 'http://255.255.255.255/', 'http://[ff02::1]/',
  // The API server, Kafka, and what the settings deny
  'http://10.96.0.1/', 'https://kubernetes.default.svc/', 'http://10.0.0.8/', 'http://[::ffff:10.0.0.8]/', 'http://kafka.internal:9092/', 'http://alias-of-kafka.evil.example:9092/', 'http://denied.example/', 'http://DENIED.example./',
  'http://alias-of-denied.evil.example/', 'http://172.30.1.2/',
  // The system namespace, by every name that resolves to it from a pod there
  'http://kafka-channel-hooks.knative-eventing.svc.cluster.local/', 'http://kafka-channel-hooks.knative-eventing.svc/', 'http://kafka-channel-hooks.knative-eventing/', 'http://kafka-channel-hooks/', 'http://KAFKA-channel-hooks./',
  'http://pod-0.kafka-channel-hooks.knative-eventing.svc.cluster.local/', 'http://10-1-2-3.knative-eventing.pod.cluster.local/', 'http://x.broker-ingress.knative-eventing.svc/',
  // What is no address for events
  'ftp://example.com/', 'file:///etc/passwd', 'unix:///var/run/docker.sock', 'gopher://127.0.0.1:PORT/', 'javascript:alert(1)', '//127.0.0.1:PORT/', '/relative', 'http://', 'http://user:secret@127.0.0.1:PORT/', 'http://token@example.com/',
];

describe('T1, T2: the egress guard', () => {
  test.each(forbidden)('refuses %s', async (url) => {
    const outcome = await post(guarded(), url);
    expect(outcome).toMatchObject({ kind: 'unanswered', failure: 'refused' });
    expect([reached.connections, JSON.stringify(outcome)]).toEqual([0, expect.not.stringMatching(/secret|token/)]);
  });

  test('judges enough addresses', () => expect(forbidden.length).toBeGreaterThanOrEqual(40));

  test('does reach them where they are allowed: the table above can fail', async () => {
    const client = guarded({ allow: '127.0.0.0/8,::1/128' });
    expect(await post(client, 'http://127.0.0.1:PORT/')).toMatchObject({ kind: 'answered', status: 400 });
    expect(await post(client, 'http://loopback.evil.example:PORT/')).toMatchObject({ kind: 'answered', status: 400 });
    expect(reached.connections).toBe(2);
  });

  test('T2: a name that is public when it is looked up first and loopback afterwards is not reached', async () => {
    let lookUps = 0;
    const lookup = (host: string): Promise<HostAddress[]> => {
      if (host === 'rebinding.evil.example') lookUps += 1;
      return Promise.resolve(at(lookUps === 1 ? '127.0.0.3' : '127.0.0.1'));
    };
    const client = guarded({ allow: '127.0.0.3' }, { lookup, kafkaHosts: () => [] });
    const url = 'http://rebinding.evil.example:PORT/';
    expect([await post(client, url), reached.connections]).toMatchObject([{ kind: 'answered', status: 400 }, 1]);
    expect([await post(client, url), await post(client, url), reached.connections]).toMatchObject([{ failure: 'refused' }, { failure: 'refused' }, 1]);
  });

  test('T2: of several addresses only those that are allowed are connected to', async () => {
    const client = guarded({ allow: '127.0.0.2' }, { lookup: () => Promise.resolve(at('169.254.169.254', '127.0.0.1', '127.0.0.2')) });
    const own = createServer((_request, response) => response.end()).listen(0, '127.0.0.2');
    await once(own, 'listening');
    servers.push(own);
    expect(await post(client, `http://mixed.example:${(own.address() as AddressInfo).port}/`)).toMatchObject({ kind: 'answered', status: 200 });
    expect(reached.connections).toBe(0);
  });

  test('says in one line which host was refused, and why', async () => {
    expect(await post(guarded(), 'http://loopback.evil.example/')).toMatchObject({ error: 'not allowed: loopback.evil.example is 127.0.0.1, a loopback address: use another address, or have it allowed by EGRESS_ALLOW' });
    expect(await post(guarded(), 'http://kafka-channel-hooks/')).toMatchObject({ error: 'not allowed: kafka-channel-hooks is in the system namespace knative-eventing: use another address, or have it allowed by EGRESS_ALLOW' });
  });

  test('a name that cannot be resolved may be resolved later: it is retried', async () => {
    expect(await post(guarded(), 'http://unknown.example/')).toMatchObject({ failure: 'connection', error: expect.stringContaining('ENOTFOUND') });
  });

  test('addresses of Kafka count although its name cannot be resolved for a while', async () => {
    let broken = false;
    let time = 0;
    const lookup = (host: string): Promise<HostAddress[]> => (broken && host === 'kafka.internal' ? Promise.reject(new Error('ENOTFOUND')) : Promise.resolve(names[host] ?? []));
    const client = guarded({}, { lookup, now: () => time });
    expect(await post(client, 'http://10.0.0.9:9092/')).toMatchObject({ failure: 'refused' });
    broken = true;
    time += 60_000;
    expect(await post(client, 'http://10.0.0.9:9092/')).toMatchObject({ failure: 'refused' });
  });
});

test('addresses of Kafka count as soon as its name can be resolved', async () => {
  let isKnown = false;
  let time = 0;
  const guard = new EgressGuard({ rules: new EgressRules({}), kafkaHosts: () => ['kafka.internal'], lookup: () => (isKnown ? Promise.resolve(at('10.0.0.9')) : Promise.reject(new Error('ENOTFOUND'))), now: () => time });
  await guard.admit('10.0.0.9');
  isKnown = true;
  time += 1000;
  await expect(guard.admit('10.0.0.9')).rejects.toThrow('an address of Kafka');
});

test('a name whose server is silent is asked for once, however many wait for it, and again when there was an answer', async () => {
  const asked: ReturnType<typeof Promise.withResolvers<HostAddress[]>>[] = [];
  const guard = new EgressGuard({
    rules: new EgressRules({ allow: '127.0.0.0/8' }),
    kafkaHosts: () => [],
    lookup: () => {
      const answer = Promise.withResolvers<HostAddress[]>();
      asked.push(answer);
      return answer.promise;
    },
  });
  const found = (): Promise<unknown> => new Promise((resolve) => guard.lookup('silent.example', {}, (error, address) => resolve(error?.message ?? address)));
  const first = [found(), found(), found()];
  expect(asked).toHaveLength(1);
  asked[0]?.resolve(at('127.0.0.1'));
  expect(await Promise.all(first)).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1']);
  const second = [found(), found()];
  expect(asked).toHaveLength(2);
  asked[1]?.reject(new Error('no answer'));
  expect(await Promise.all(second)).toEqual(['no answer', 'no answer']);
});
