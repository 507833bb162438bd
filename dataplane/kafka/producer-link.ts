import type { API, BaseOptions, Broker, Connection, initProducerIdV5, ResponseParser } from '@platformatic/kafka';
import { Base, kGetApi, kGetBootstrapConnection, kGetConnection, produceV3, produceV4, produceV5, produceV6, produceV7, produceV8, produceV9, produceV10, produceV11, Writer } from '@platformatic/kafka';

import { closingEveryConnection } from './client-connections.ts';
import { encodeProduceRequest, isFlexible } from './produce-request.ts';
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
  /** A character a byte (latin1), names as well as values. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export interface PartitionBatch {
  readonly topic: string;
  readonly partition: number;
  readonly firstSequence: number;
  /** Of all its records, in ms. */
  readonly timestamp: number;
  readonly records: readonly OutgoingRecord[];
}

/** `answered`: an error code per batch, 0 where it is stored, and where a broker says so, which of its records are to blame (by their place) and why. `unsent`: certainly nothing is stored. `unknown`: nobody knows. */
export type ProduceAnswer =
  | { readonly outcome: 'answered'; readonly errorCodes: readonly number[]; readonly blamed?: readonly ReadonlyMap<number, string>[] }
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
type ProduceApi = API<unknown[], ProduceResponse>;

const produceApiKey = 0;
const responseParsers = { 3: produceV3, 4: produceV4, 5: produceV5, 6: produceV6, 7: produceV7, 8: produceV8, 9: produceV9, 10: produceV10, 11: produceV11 };
/** How long a leader may wait for its followers; less than a request may take. */
const replicationTimeoutMs = 3000;

/** The link over connections of its own. One attempt each; whoever calls decides about the next. */
export function producerLink(options: BaseOptions): ProducerLink {
  const client = new Base(options);
  const close = closingEveryConnection(client);
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
        send = sendProduce(connection, api.version, batches, identity);
      } catch (error) {
        return { outcome: 'unsent', error: error as Error };
      }
      return await send.then((response) => answered(batches, response), (error: unknown) => answerOfError(batches, error as Error));
    },
    close,
  };
}

/** Our own encoding of the request, the client's connection and its reading of the answer. */
function sendProduce(connection: Connection, version: number, batches: readonly PartitionBatch[], identity: ProducerIdentity): Promise<ProduceResponse> {
  const { parseResponse } = responseParsers[version as keyof typeof responseParsers];
  const flexible = isFlexible(version);
  const payload = (): Writer => {
    const writer = Writer.create();
    for (const part of encodeProduceRequest(batches, identity, { version, timeoutMs: replicationTimeoutMs })) writer.append(part);
    return writer;
  };
  return promised((callback) => connection.send<ProduceResponse>(produceApiKey, version, payload, parseResponse as ResponseParser<ProduceResponse>, flexible, flexible, callback));
}

function answered(batches: readonly PartitionBatch[], { responses }: ProduceResponse): ProduceAnswer {
  const found = new Map(responses.flatMap(({ name, partitionResponses }) => partitionResponses.map((part) => [`${name}:${part.index}`, part] as const)));
  const parts = batches.map(({ topic, partition }) => found.get(`${topic}:${partition}`)).filter((part) => part !== undefined);
  if (parts.length < batches.length) return { outcome: 'unknown', error: new Error('the broker did not answer for every partition') };
  return {
    outcome: 'answered',
    errorCodes: parts.map(({ errorCode }) => errorCode),
    blamed: parts.map(({ recordErrors }) => new Map(recordErrors.map(({ batchIndex, batchIndexErrorMessage }) => [batchIndex, batchIndexErrorMessage ?? '']))),
  };
}

/** The client makes an error of an answer in which a partition failed; the answer is in it. */
function answerOfError(batches: readonly PartitionBatch[], error: Error): ProduceAnswer {
  const response = 'response' in error ? (error.response as ProduceResponse | undefined) : undefined;
  return response ? answered(batches, response) : { outcome: 'unknown', error };
}
