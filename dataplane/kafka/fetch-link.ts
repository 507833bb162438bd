import type { API, BaseOptions, Broker, Connection, listOffsetsV9, Writer } from '@platformatic/kafka';
import {
  Base, kGetApi, kGetConnection,
  fetchV4, fetchV5, fetchV6, fetchV7, fetchV8, fetchV9, fetchV10, fetchV11, fetchV12, fetchV13, fetchV14, fetchV15, fetchV16, fetchV17,
} from '@platformatic/kafka';

import { closingEveryConnection } from './client-connections.ts';
import type { FetchAnswer } from './fetch-answer.ts';
import { isFlexibleFetch, readFetchAnswer } from './fetch-answer.ts';
import { promised } from './promised.ts';
import { within } from './within.ts';

/** A topic as last seen. */
export interface TopicView {
  /** Another topic of the same name has another id; brokers before 3.1 tell none. */
  readonly id: string;
  /** Leader of each partition, undefined where there is none at the moment. */
  readonly leaders: readonly (LeadingBroker | undefined)[];
}

export interface LeadingBroker extends Broker {
  readonly nodeId: number;
}

export interface FetchRequest {
  readonly topic: string;
  readonly topicId: string;
  /** How long the broker waits for the first byte. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly partitions: readonly { readonly partition: number; readonly offset: number; readonly maxBytes: number; readonly epoch?: number | undefined }[];
}

/** What reading a topic needs of Kafka, one attempt each. Everything may fail. */
export interface FetchLink {
  /** Undefined where there is no such topic. */
  topic(name: string): Promise<TopicView | undefined>;
  fetch(broker: Broker, request: FetchRequest): Promise<FetchAnswer>;
  /** First offsets of the logs of partitions that the broker leads, or the ones after the last readable. */
  logOffsets(broker: Broker, topic: string, partitions: readonly number[], which: 'start' | 'end'): Promise<Map<number, number>>;
  close(): Promise<void>;
}

type CreateRequest = (...fields: unknown[]) => Writer;

const fetchApiKey = 1;
const readCommitted = 1;
const noSession = { id: 0, epoch: -1 };
const unknownTopic = 3;
/** More than connecting and a request may take by the client's own limits, which it does not always keep. */
const limitMs = 25_000;
const requests: Readonly<Record<number, CreateRequest>> = Object.fromEntries(
  [fetchV4, fetchV5, fetchV6, fetchV7, fetchV8, fetchV9, fetchV10, fetchV11, fetchV12, fetchV13, fetchV14, fetchV15, fetchV16, fetchV17]
    .map(({ createRequest }, index) => [index + 4, createRequest as CreateRequest]),
);

/** The link over connections of its own, one to each broker. The client's connection and requests; answers are read by us, so that one bad batch spoils no other partition. */
export function fetchLink(options: BaseOptions): FetchLink {
  const client = new Base({ ...options, metadataMaxAge: 0 });
  const close = closingEveryConnection(client);
  const connectionTo = (broker: Broker): Promise<Connection> => promised((callback) => client[kGetConnection](broker, callback));
  const apiOf = <Call>(name: string): Promise<Call> => promised((callback) => client[kGetApi](name, callback as never));
  return {
    topic: async (name) => {
      try {
        const { topics, brokers } = await within(limitMs, 'Metadata', () => client.metadata({ topics: [name], forceUpdate: true }));
        const leading = new Map([...brokers].map(([nodeId, { host, port }]) => [nodeId, { nodeId, host, port }]));
        const found = topics.get(name);
        return found && { id: found.id, leaders: found.partitions.map(({ leader }) => leading.get(leader)) };
      } catch (error) {
        if (isUnknownTopic(error)) return undefined;
        throw error;
      }
    },
    fetch: async (broker, request) => await within(limitMs, 'Fetch', async () => {
      const { version } = await apiOf<{ version: number }>('Fetch');
      const create = requests[version];
      if (!create) throw new Error(`Fetch version ${version} is not known`);
      const isFlexible = isFlexibleFetch(version);
      const connection = await connectionTo(broker);
      const payload = (): Writer => create(...fieldsOf(request, version));
      return await promised<FetchAnswer>((callback) =>
        connection.send<FetchAnswer>(fetchApiKey, version, payload, (_id, _key, _version, reader) => readFetchAnswer(reader, version), isFlexible, isFlexible, callback),
      );
    }),
    logOffsets: async (broker, topic, partitions, which) => await within(limitMs, 'ListOffsets', async () => {
      const api = await apiOf<API<unknown[], listOffsetsV9.ListOffsetsResponse>>('ListOffsets');
      const connection = await connectionTo(broker);
      const asked = [{ name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp: which === 'start' ? -2n : -1n })) }];
      const { topics } = await promised<listOffsetsV9.ListOffsetsResponse>((callback) => api(connection, -1, readCommitted, asked, callback));
      return new Map(topics.flatMap(({ partitions: found }) => found.map(({ partitionIndex, offset }) => [partitionIndex, Number(offset)] as const)));
    }),
    close,
  };
}

function fieldsOf({ topic, topicId, maxWaitMs, maxBytes, partitions }: FetchRequest, version: number): unknown[] {
  const asked = partitions.map(({ partition, offset, maxBytes: partitionMaxBytes, epoch: lastFetchedEpoch = -1 }) => ({ partition, fetchOffset: BigInt(offset), partitionMaxBytes, currentLeaderEpoch: -1, lastFetchedEpoch }));
  return [maxWaitMs, 1, maxBytes, readCommitted, noSession.id, noSession.epoch, [{ topicId: version >= 13 ? topicId : topic, partitions: asked }], [], ''];
}

/** The code may lie at any depth of what the client makes of an answer. */
function isUnknownTopic(error: unknown): boolean {
  const { apiCode, errors = [], cause } = error as { apiCode?: number; errors?: unknown[]; cause?: unknown };
  return apiCode === unknownTopic || errors.some(isUnknownTopic) || (cause !== undefined && isUnknownTopic(cause));
}
