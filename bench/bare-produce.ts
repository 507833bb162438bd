import { setTimeout as delay } from 'node:timers/promises';

import { parseKafkaConnection } from '../contract/kafka-connection.ts';
import { clientOptions } from '../dataplane/kafka/client-options.ts';
import { metadataLink } from '../dataplane/kafka/metadata-link.ts';
import type { ProducerIdentity, ProducerLink } from '../dataplane/kafka/producer-link.ts';
import { producerLink } from '../dataplane/kafka/producer-link.ts';
import type { Latencies } from './load.ts';
import { latencies } from './load.ts';
import { until } from './measured-process.ts';

export interface BareProduce {
  readonly bootstrap: string;
  readonly topic: string;
  readonly bytes: number;
  /** One at a time, so many a second. */
  readonly rate: number;
  /** So many first ones, which open connections and are sent by code that has not run yet, are not counted. */
  readonly firstOnes: number;
  readonly ended: Promise<unknown>;
}

/** One record a request, `acks=all`, by nothing but the connection: a round trip to the broker. */
export async function bareProduce({ bootstrap, topic, bytes, rate, firstOnes, ended }: BareProduce): Promise<Latencies> {
  const options = clientOptions(parseKafkaConnection(new Map([['bootstrap.servers', bootstrap]])), 'bench');
  const [metadata, link] = [metadataLink(options), producerLink(options)];
  const records = [{ value: Buffer.alloc(bytes, 'x'), headers: [] }];
  const roundTrips: number[] = [];
  const over = ended.then(() => true);
  try {
    const leader = (await metadata.describeTopic(topic))?.leaders[0];
    if (!leader) throw new Error(`topic ${topic} has no leader`);
    const identity = await firstIdentity(link);
    for (let sequence = 0; ; sequence += 1) {
      const start = performance.now();
      const answer = await link.produce(leader, identity, [{ topic, partition: 0, firstSequence: sequence, timestamp: Date.now(), records }]);
      if (answer.outcome !== 'answered' || answer.errorCodes[0] !== 0) throw new Error(`a bare produce failed: ${JSON.stringify(answer)}`);
      if (sequence >= firstOnes) roundTrips.push(performance.now() - start);
      const pause = Math.max(0, start + (sequence < firstOnes ? 1 : 1000 / rate) - performance.now());
      if (await Promise.race([over, delay(pause, false)])) break;
    }
  } finally {
    await Promise.all([metadata.close(), link.close()]);
  }
  return latencies(roundTrips);
}

/** A broker that has just started needs a while for it. */
async function firstIdentity(link: ProducerLink): Promise<ProducerIdentity> {
  let identity: ProducerIdentity | undefined;
  await until('Kafka gives a producer id', async () => {
    identity = await link.newIdentity();
    return true;
  });
  if (!identity) throw new Error('Kafka gave no producer id');
  return identity;
}
