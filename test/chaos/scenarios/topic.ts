import { Admin, ClientQuotaEntityTypes, ClientQuotaKeys, Connection, saslAuthenticateV2, saslHandshakeV1 } from '@platformatic/kafka';
import { setTimeout as delay } from 'node:timers/promises';

import { saslSessionMs } from '../chaos-cluster.ts';
import type { Scenario } from '../scenario.ts';
import type { Stage } from '../stage.ts';

const clients = { receiver: 'kafkachannel-receiver', dispatcher: 'kafkachannel-dispatcher' } as const;
const quotaBytesPerSecond = 16_384;

/** How many bytes a second each broker gives to dispatchers and takes from receivers; none: as many as it can. */
async function setQuota(bootstrapBrokers: readonly string[], bytesPerSecond?: number): Promise<void> {
  const admin = new Admin({ clientId: 'chaos', bootstrapBrokers: [...bootstrapBrokers] });
  const quota = (name: string, key: (typeof ClientQuotaKeys)[keyof typeof ClientQuotaKeys]) => ({
    entities: [{ entityType: ClientQuotaEntityTypes.CLIENT_ID, entityName: name }],
    ops: [bytesPerSecond === undefined ? { key, remove: true as const } : { key, value: bytesPerSecond, remove: false as const }],
  });
  await admin.alterClientQuotas({ entries: [quota(clients.receiver, ClientQuotaKeys.PRODUCER_BYTE_RATE), quota(clients.dispatcher, ClientQuotaKeys.CONSUMER_BYTE_RATE)] });
  await admin.close();
}

/** How long a session lasts that has just been authenticated, as the broker says. */
async function sessionMs({ 'bootstrap.servers': brokers = '', user = '', password = '' }: Readonly<Record<string, string>>): Promise<number> {
  const [host = '', port] = (brokers.split(',')[0] ?? '').split(':');
  const connection = new Connection('chaos');
  await connection.connect(host, Number(port));
  await saslHandshakeV1.api.async(connection, 'PLAIN');
  const { sessionLifetimeMs } = await saslAuthenticateV2.api.async(connection, Buffer.from(`\0${user}\0${password}`));
  await connection.close();
  return Number(sessionLifetimeMs);
}

/** Writes by transactions of another client; those with an odd number are aborted. A plain event ends each partition, for readers that look for the last record. */
async function transactions(stage: Stage, count: number): Promise<void> {
  const { partitions } = stage.setting;
  const producer = stage.kafka.producer({ transactionalId: `chaos-${stage.topic}`, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  for (let number = 0; number < count; number += 1) {
    const isAborted = number % 2 === 1;
    const transaction = await producer.transaction();
    const messages = Array.from({ length: partitions }, (_none, partition) => stage.event(`t${partition}.${number}.1`, partition, isAborted ? 'fail' : 'ok'));
    await transaction.send({ topic: stage.topic, messages });
    await (isAborted ? transaction.abort() : transaction.commit());
    stage.felt(isAborted ? 'transactions aborted' : 'transactions committed', 1);
  }
  await producer.disconnect();
  await stage.fill(partitions);
}

/** Rows B: what is in the topic, in the offsets and in the rights of a client. */
export const topicScenarios: readonly Scenario[] = [
  {
    name: 'transactions',
    row: 'B13',
    about: 'another client writes by transactions, of which every second one is aborted: what was aborted is never delivered, and markers hold up nothing',
    duplicates: 'none',
    fault: (stage) => transactions(stage, Math.ceil(4 * stage.seconds)),
  },
  {
    name: 'offsets-moved-back',
    row: 'B14',
    about: 'committed offsets of one group are moved back by hand, those of another are gone: what is there is delivered again, and nothing is missed',
    fault: async (stage) => {
      await stage.last(0.5);
      for (const one of stage.dispatchers) await one.end('SIGTERM');
      const admin = stage.kafka.admin();
      await admin.connect();
      const [moved, gone] = stage.file.subscriptions.map(({ group }) => group);
      const [found] = await admin.fetchOffsets({ groupId: moved ?? '', topics: [stage.topic] });
      await admin.setOffsets({ groupId: moved ?? '', topic: stage.topic, partitions: (found?.partitions ?? []).map(({ partition, offset }) => ({ partition, offset: String(Math.max(0, Number(offset) - 10)) })) });
      await admin.deleteGroups([gone ?? '']);
      await admin.disconnect();
      stage.commits.forget();
      const before = stage.sink.attempts.length;
      await Promise.all(stage.dispatchers.map((one) => one.restart()));
      await stage.flowing('again');
      const again = new Set(stage.sink.attempts.slice(0, before).map(({ subscription, id }) => `${subscription} ${id}`));
      for (const { uid } of stage.setting.subscriptions.slice(0, 2)) stage.felt(`events that came again to ${uid}`, stage.sink.attempts.slice(before).filter(({ subscription, id }) => subscription === uid && again.has(`${uid} ${id}`)).length);
    },
  },
  {
    name: 'throttled',
    row: 'B15',
    about: `brokers give dispatchers and take from receivers ${quotaBytesPerSecond / 1024} KiB/s: slower, without an error or a rebalance`,
    duplicates: 'none',
    allAccepted: true,
    setting: { dataBytes: 1000 },
    fault: async (stage) => {
      const before = stage.rebalances;
      const from = performance.now();
      await setQuota(stage.cluster.witness, quotaBytesPerSecond);
      await stage.last(2);
      stage.felt('events that came a second late and later', stage.delays('ordered', from).filter((ms) => ms > 1000).length);
      stage.felt('groups without a rebalance', stage.rebalances === before ? 1 : 0);
      await setQuota(stage.cluster.witness);
    },
  },
  {
    name: 'short-sessions',
    row: 'B17',
    about: `clients have to authenticate themselves again every ${saslSessionMs / 1000} s: no event is refused, and no group rebalances`,
    setting: { sasl: true },
    duplicates: 'none',
    allAccepted: true,
    fault: async (stage) => {
      const before = stage.rebalances;
      const lasts = await sessionMs(stage.cluster.saslSecret);
      await delay(6 * saslSessionMs);
      await stage.last();
      stage.felt(`sessions that end after ${lasts} ms`, lasts > 0 && lasts <= saslSessionMs ? 6 : 0);
      stage.felt('groups without a rebalance', stage.rebalances === before ? 1 : 0);
    },
  },
];
