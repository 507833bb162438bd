import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import kafkajs from 'kafkajs';

import type { KafkaConsumerGroup } from '../../contract/generated/kafkaconsumergroup.ts';
import type { KafkaTopic } from '../../contract/generated/kafkatopic.ts';
import { KafkaClients } from '../../hooks/kafka/kafka-clients.ts';
import type { CompositeAnswer } from '../../hooks/metacontroller.ts';
import { hookRoutes } from '../../hooks/routes.ts';
import { createLogger } from '../../runtime/log.ts';
import { aKafkaConsumerGroup, aKafkaTopic, aSecret, groupsOf, hooksConfigForTests } from '../support/hook-objects.ts';
import type { SecuredTestKafka } from '../support/kafka.ts';
import { securedTestKafka } from '../support/kafka.ts';
import { createTopic, withAdmin } from '../support/kafkajs.ts';

const { AclOperationTypes: operation, AclPermissionTypes: permission, AclResourceTypes: resource, ResourcePatternTypes: pattern, ConfigResourceTypes } = kafkajs;
const logger = createLogger('test', 'silent');
const kafkaClients = new KafkaClients({ timeoutMs: 4000, logger });
const hooks = hookRoutes({ config: hooksConfigForTests, kafka: kafkaClients, logger, now: () => new Date() });
jest.setTimeout(60_000);
let broker: SecuredTestKafka;

/** On the topic of somebody else: Describe, Read and Write. On groups whose id begins as ours: Describe and Read. Nothing else. */
beforeAll(async () => {
  broker = await securedTestKafka({ 'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer', 'super.users': 'User:ANONYMOUS' });
  await createTopic(broker.bootstrap, 'theirs', 2);
  const allowed = [
    ...[operation.DESCRIBE, operation.READ, operation.WRITE].map((each) => ({ operation: each, resourceType: resource.TOPIC, resourceName: 'theirs', resourcePatternType: pattern.LITERAL })),
    ...[operation.DESCRIBE, operation.READ].map((each) => ({ operation: each, resourceType: resource.GROUP, resourceName: 'kafka.', resourcePatternType: pattern.PREFIXED })),
  ];
  await withAdmin(broker.bootstrap, (admin) => admin.createAcls({ acl: allowed.map((entry) => ({ ...entry, principal: `User:${broker.user}`, host: '*', permissionType: permission.ALLOW })) }));
}, 120_000);
afterAll(async () => {
  await kafkaClients.close();
  await broker.stop();
});

type Status = KafkaTopic['status'] | KafkaConsumerGroup['status'];

async function call(path: string, parent: object): Promise<CompositeAnswer & { status: Status }> {
  const { securedBootstrap, user, password, ca } = broker;
  const related = groupsOf(aSecret({ 'bootstrap.servers': securedBootstrap, protocol: 'SASL_SSL', 'sasl.mechanism': 'SCRAM-SHA-512', user, password, 'ca.crt': ca }));
  return (await hooks.get(path)?.({ parent, children: {}, related, finalizing: path.endsWith('/finalize') })) as CompositeAnswer & { status: Status };
}

/** What the hook says when it no longer says Unknown, 20 s at most: an authorizer learns of its rules a moment later. */
async function settled(path: string, parent: object, want: string): Promise<Status> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const { status } = await call(path, parent);
    if (status.conditions?.[0]?.status === want || Date.now() > deadline) return status;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function seen(): Promise<unknown> {
  return await withAdmin(broker.bootstrap, async (admin) => {
    const { topics } = await admin.fetchTopicMetadata({ topics: ['theirs'] });
    const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: 'theirs' }] });
    return [topics[0]?.partitions.length, resources[0]?.configEntries];
  });
}

describe('R6.2: on a topic with Describe, Read and Write alone', () => {
  const theirs = aKafkaTopic({ topicName: 'theirs', partitions: 9, policy: 'External', config: { 'retention.ms': '1000' } });
  const group = aKafkaConsumerGroup({ group: 'kafka.shop.orders.a-1', topic: 'theirs' });

  test('an External topic is Ready and used, and neither altered nor deleted', async () => {
    const before = await seen();
    expect(await settled('/kafkatopic/sync', theirs, 'True')).toMatchObject({ partitions: 2, conditions: [{ status: 'True', reason: 'TopicExternal' }] });
    expect(await call('/kafkatopic/finalize', { ...theirs, metadata: { ...theirs.metadata, deletionTimestamp: new Date().toISOString() } })).toMatchObject({ finalized: true });
    expect(await seen()).toEqual(before);
  });

  test('a group gets its offsets, its lag and its age', async () => {
    expect(await settled('/kafkaconsumergroup/sync', group, 'True')).toMatchObject({ initialized: true, partitions: 2, lag: '0', oldest: '0s', members: 0 });
  });

  test('a group that may not be deleted is let go after a while, and says meanwhile what it lacks', async () => {
    const deleting = (secondsAgo: number): KafkaConsumerGroup => ({ ...group, metadata: { ...group.metadata, deletionTimestamp: new Date(Date.now() - secondsAgo * 1000).toISOString() } });
    expect(await call('/kafkaconsumergroup/finalize', deleting(1))).toMatchObject({ finalized: false, status: { conditions: [{ reason: 'Deleting', message: expect.stringContaining('GROUP_AUTHORIZATION_FAILED') }] } });
    expect(await call('/kafkaconsumergroup/finalize', deleting(60))).toMatchObject({ finalized: true });
  });

  test('a Managed topic says what right is missing', async () => {
    const managed = aKafkaTopic({ topicName: 'ours' });
    expect(await settled('/kafkatopic/sync', managed, 'False')).toMatchObject({ conditions: [{ status: 'False', reason: 'KafkaAuthorizationFailed' }, { type: 'Stalled' }] });
  });
});
