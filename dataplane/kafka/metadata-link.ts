import type { API, BaseOptions, Connection, describeConfigsV4, metadataV12 } from '@platformatic/kafka';
import { Base, ConfigResourceTypes, kGetApi, kGetBootstrapConnection } from '@platformatic/kafka';

import { closingEveryConnection } from './client-connections.ts';
import { ProduceError } from './produce-error.ts';
import { errorName } from './produce-verdict.ts';
import { promised } from './promised.ts';
import type { TopicInfo } from './topic-directory.ts';

type MetadataResponse = metadataV12.MetadataResponse;
type DescribeConfigsResponse = describeConfigsV4.DescribeConfigsResponse;
type DescribeConfigsApi = API<[describeConfigsV4.DescribeConfigsRequestResource[]], DescribeConfigsResponse>;
type MetadataApi = API<[string[], boolean, boolean], MetadataResponse>;

/** What the receiver asks of Kafka beside producing, over connections of its own, so that questions never stand in events' way. */
export interface MetadataLink {
  /** Rejects with a ProduceError where the user lacks the right to see the topic. */
  describeTopic(topic: string): Promise<TopicInfo | undefined>;
  /** The topic's `max.message.bytes`; undefined where Kafka does not say, for want of rights or of an answer. Never rejects. */
  describeLimit(topic: string): Promise<number | undefined>;
  /** Resolves when a broker has answered. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

const batchLimit = 'max.message.bytes';

export function metadataLink(options: BaseOptions): MetadataLink {
  const client = new Base(options);
  const close = closingEveryConnection(client);
  let failures = 0;
  const ask = async (topics: string[]): Promise<MetadataResponse> => {
    try {
      const connection = await promised<Connection>((callback) => client[kGetBootstrapConnection](callback, failures));
      const api = await promised<MetadataApi>((callback) => client[kGetApi]('Metadata', callback));
      return await promised<MetadataResponse>((callback) => api(connection, topics, false, false, callback));
    } catch (error) {
      const response = (error as { response?: MetadataResponse }).response;
      if (response) return response;
      failures += 1;
      throw error;
    }
  };
  return {
    describeTopic: async (topic) => topicInfo(topic, await ask([topic])),
    describeLimit: async (topic) => {
      try {
        const connection = await promised<Connection>((callback) => client[kGetBootstrapConnection](callback, failures));
        const api = await promised<DescribeConfigsApi>((callback) => client[kGetApi]('DescribeConfigs', callback));
        const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: [batchLimit] };
        const { results } = await promised<DescribeConfigsResponse>((callback) => api(connection, [resource], callback));
        return Number(results[0]?.configs.find(({ name }) => name === batchLimit)?.value) || undefined;
      } catch {
        return undefined;
      }
    },
    ping: async () => {
      await ask([]);
    },
    close,
  };
}

function topicInfo(name: string, { brokers, topics }: MetadataResponse): TopicInfo | undefined {
  const [topic] = topics;
  const error = errorName(topic?.errorCode ?? -1);
  if (error === 'UNKNOWN_TOPIC_OR_PARTITION' || error === 'INVALID_TOPIC_EXCEPTION') return undefined;
  if (error === 'TOPIC_AUTHORIZATION_FAILED') throw new ProduceError('refused', `topic ${name} is hidden from the receiver: give the user of the Kafka Secret the right Describe on the topic`);
  if (!topic || topic.errorCode !== 0) throw new Error(`topic ${name}: ${error}`);
  const addresses = new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]));
  const partitions = topic.partitions.toSorted((a, b) => a.partitionIndex - b.partitionIndex);
  return { leaders: partitions.map(({ leaderId }) => addresses.get(leaderId)) };
}
