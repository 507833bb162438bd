import type { API, BaseOptions, Broker, Connection, initProducerIdV5, MessageRecord, produceV11 } from '@platformatic/kafka';
import { Base, kGetApi, kGetBootstrapConnection, kGetConnection, NumericMap } from '@platformatic/kafka';

import { promised } from './promised.ts';

export type { Broker };

/** Who the broker takes the producer for. Sequence numbers count per identity and partition. */
export interface ProducerIdentity {
  readonly id: bigint;
  readonly epoch: number;
}

export interface OutgoingRecord {
  readonly key?: Buffer;
  readonly value?: Buffer;
  readonly headers: readonly (readonly [Buffer, Buffer])[];
  readonly timestamp?: bigint;
}

export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly firstSequence: number;
  readonly records: readonly OutgoingRecord[];
}

/** `answered`: an error code per batch, 0 where it is stored. `unsent`: certainly nothing is stored. `unknown`: nobody knows. */
export type ProduceAnswer =
  | { readonly outcome: 'answered'; readonly errorCodes: readonly number[] }
  | { readonly outcome: 'unsent' | 'unknown'; readonly error: Error };

/** What the producer needs of Kafka. */
export interface ProducerLink {
  newIdentity(): Promise<ProducerIdentity>;
  /** Sends batches, one a partition, to their leader and waits until all in-sync replicas have them. Never rejects. */
  produce(leader: Broker, identity: ProducerIdentity, batches: readonly PartitionBatch[]): Promise<ProduceAnswer>;
  close(): Promise<void>;
}

type InitProducerIdResponse = initProducerIdV5.InitProducerIdResponse;
type ProduceResponse = produceV11.ProduceResponse;
type InitProducerIdApi = API<[string | null, number, bigint, number], InitProducerIdResponse>;
type ProduceApi = API<[number, number, MessageRecord[], ProduceOptions], ProduceResponse>;
interface ProduceOptions {
  producerId: bigint;
  producerEpoch: number;
  sequences: NumericMap;
}

const allInSyncReplicas = -1;
/** How long a leader may wait for its followers; less than a request may take. */
const replicationTimeoutMs = 3000;

/** The link over connections of its own. One attempt each; whoever calls decides about the next. */
export function producerLink(options: BaseOptions): ProducerLink {
  const client = new Base(options);
  let asked = 0;
  return {
    newIdentity: async () => {
      asked += 1;
      const connection = await promised<Connection>((callback) => client[kGetBootstrapConnection](callback, asked));
      const api = await promised<InitProducerIdApi>((callback) => client[kGetApi]('InitProducerId', callback));
      const { producerId, producerEpoch } = await promised<InitProducerIdResponse>((callback) => api(connection, null, replicationTimeoutMs, -1n, -1, callback));
      return { id: producerId, epoch: producerEpoch };
    },
    produce: async (leader, identity, batches) => {
      let send: Promise<ProduceResponse>;
      try {
        const api = await promised<ProduceApi>((callback) => client[kGetApi]('Produce', callback));
        const connection = await promised<Connection>((callback) => client[kGetConnection](leader, callback));
        const produceOptions = { producerId: identity.id, producerEpoch: identity.epoch, sequences: sequencesOf(batches) };
        send = promised((callback) => api(connection, allInSyncReplicas, replicationTimeoutMs, batches.flatMap(messagesOf), produceOptions, callback));
      } catch (error) {
        return { outcome: 'unsent', error: error as Error };
      }
      return await send.then((response) => answered(batches, response), (error: unknown) => answerOfError(batches, error as Error));
    },
    close: () => client.close(),
  };
}

function sequencesOf(batches: readonly PartitionBatch[]): NumericMap {
  const sequences = new NumericMap();
  for (const { topic, partition, firstSequence } of batches) sequences.set(`${topic}:${partition}`, firstSequence);
  return sequences;
}

function messagesOf({ topic, partition, records }: PartitionBatch): MessageRecord[] {
  // A Map keyed by buffers keeps the order, and names that repeat. A value may be missing, though the client's type says no.
  return records.map((record) => ({ ...record, headers: new Map(record.headers), topic, partition }) as MessageRecord);
}

function answered(batches: readonly PartitionBatch[], { responses }: ProduceResponse): ProduceAnswer {
  const codes = new Map<string, number>();
  for (const { name, partitionResponses } of responses) {
    for (const { index, errorCode } of partitionResponses) codes.set(`${name}:${index}`, errorCode);
  }
  const errorCodes = batches.map(({ topic, partition }) => codes.get(`${topic}:${partition}`));
  if (errorCodes.every((code) => code !== undefined)) return { outcome: 'answered', errorCodes };
  return { outcome: 'unknown', error: new Error('the broker did not answer for every partition') };
}

/** The client makes an error of an answer in which a partition failed; the answer is in it. */
function answerOfError(batches: readonly PartitionBatch[], error: Error): ProduceAnswer {
  const response = 'response' in error ? (error.response as ProduceResponse | undefined) : undefined;
  return response ? answered(batches, response) : { outcome: 'unknown', error };
}
