import { describe, expect, test } from '@jest/globals';

import { createLogger } from '../../runtime/log.ts';
import { aKafkaConsumerGroup, aSecret, groupsOf, hooksConfigForTests } from '../../test/support/hook-objects.ts';
import { kafkaWith } from '../../test/support/kafka-fake.ts';
import type { KafkaTrouble } from '../kafka/kafka-error.ts';
import { KafkaError } from '../kafka/kafka-error.ts';
import { finalizeKafkaConsumerGroup } from './finalize.ts';

const related = groupsOf(aSecret({ 'bootstrap.servers': 'k:9092' }));
const deleted = '2026-11-22T09:00:00Z';

/** Whether the object is let go of so many seconds after its deletion was asked for, where Kafka answers so. */
async function isLetGo(seconds: number, trouble: KafkaTrouble, namespace?: string): Promise<boolean | undefined> {
  const parent = aKafkaConsumerGroup({ group: 'g', topic: 'orders' }, { metadata: { deletionTimestamp: deleted, ...(namespace && { namespace }) } });
  const kafka = kafkaWith({ deleteGroup: () => Promise.reject(new KafkaError(trouble, 'no')) });
  const now = (): Date => new Date(Date.parse(deleted) + seconds * 1000);
  return (await finalizeKafkaConsumerGroup({ parent, children: {}, related, finalizing: true }, { config: hooksConfigForTests, kafka, logger: createLogger('test', 'silent'), now })).finalized;
}

describe('a KafkaConsumerGroup that is being deleted', () => {
  test.each<[string, number, KafkaTrouble, boolean]>([
    ['is let go of at once where there is no such group', 0, 'group-missing', true],
    ['waits for the group\'s members to leave', 119, 'group-active', false],
    ['but not for more than two minutes', 121, 'group-active', true],
    ['waits for Kafka to answer', 29, 'unreachable', false],
    ['but not for more than half a minute', 31, 'unreachable', true],
  ])('%s', async (_what, seconds, trouble, want) => expect(await isLetGo(seconds, trouble)).toBe(want));

  test('T5: is let go of at once in a namespace where it does not count', async () => {
    expect(await isLetGo(0, 'unreachable', 'shop')).toBe(true);
  });
});
