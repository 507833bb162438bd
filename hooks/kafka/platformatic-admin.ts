import type { Connection } from '@platformatic/kafka';
import { Admin, ConfigResourceTypes, IncrementalAlterConfigOperationTypes, ListOffsetTimestamps } from '@platformatic/kafka';

import type { KafkaConnection } from '../../contract/kafka-connection.ts';
import type { AdminCall, AdminOperation, AdminOutcome } from './admin-call.ts';
import { failedOutcome } from './admin-call.ts';
import { classifyError } from './classify-error.ts';
import { KafkaError } from './kafka-error.ts';
import type { KafkaAdmin, NewTopic, OffsetAt, Offsets, SettingChange, TopicOnBroker, TopicSetting } from './kafka-admin.ts';

/** Kafka's number for a setting that was made on the topic itself. */
const topicSource = 1;

/** One Kafka, by the client's admin. It connects with the first request, and again after a failure. */
export class PlatformaticAdmin implements KafkaAdmin {
  readonly #admin: Admin;
  readonly #called: (call: AdminCall) => void;
  #connected: Promise<unknown> | undefined;
  /** The client takes requests for more partitions that are under way at once for one and the same, whatever their topics: one after the other, then. */
  #growing: Promise<unknown> = Promise.resolve();

  /** `called` is told of each call when it is over. */
  constructor(connection: KafkaConnection, timeoutMs: number, called: (call: AdminCall) => void) {
    this.#called = called;
    this.#admin = new Admin({
      clientId: 'knative-kafka-hooks',
      ...connection,
      connectTimeout: Math.ceil(timeoutMs / 3),
      requestTimeout: timeoutMs,
      timeout: timeoutMs,
      retries: 1,
      retryDelay: 100,
    });
    // A connection may fail more than once, and the client's pool listens to the first time alone: what nobody hears ends the process.
    this.#admin.connections.on('connecting', ({ connection }: { readonly connection: Connection }) => connection.on('error', () => undefined));
  }

  async topic(name: string): Promise<TopicOnBroker | undefined> {
    try {
      const { topics } = await this.#run('describe_topic', () => this.#admin.metadata({ topics: [name], forceUpdate: true, retries: 0 }));
      const found = topics.get(name);
      return found && { id: found.id, partitions: found.partitionsCount };
    } catch (error) {
      if (error instanceof KafkaError && error.trouble === 'topic-missing') return undefined;
      throw error;
    }
  }

  async topicSettings(name: string): Promise<ReadonlyMap<string, TopicSetting>> {
    return await this.#run('describe_topic', async () => {
      const [described] = await this.#admin.describeConfigs({ resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: name, configurationKeys: null }] });
      return new Map((described?.configs ?? []).map((setting) => [setting.name, { value: setting.value ?? null, own: setting.configSource === topicSource }]));
    });
  }

  async createTopic({ topic, partitions, replicas, config }: NewTopic): Promise<string> {
    return await this.#run('create_topic', async () => {
      const configs = Object.entries(config).map(([name, value]) => ({ name, value }));
      const [created] = await this.#admin.createTopics({ topics: [{ topic, partitions, replicas }], configs });
      return created?.id ?? '';
    });
  }

  async growTopic(name: string, partitions: number): Promise<void> {
    await this.#run('alter_topic', async () => {
      const grown = this.#growing.then(() => this.#admin.createPartitions({ topics: [{ name, count: partitions }] }));
      this.#growing = grown.catch(() => undefined);
      await grown;
    });
  }

  async changeTopicSettings(name: string, changes: readonly SettingChange[]): Promise<void> {
    const { SET, DELETE } = IncrementalAlterConfigOperationTypes;
    const configs = changes.map(({ name: setting, value }) => ({ name: setting, ...(value === null ? { configOperation: DELETE } : { value, configOperation: SET }) }));
    await this.#run('alter_topic', () => this.#admin.incrementalAlterConfigs({ resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: name, configs }] }));
  }

  async deleteTopic(name: string): Promise<void> {
    await this.#run('delete_topic', () => this.#admin.deleteTopics({ topics: [name] }));
  }

  async committedOffsets(group: string, topic: string, partitions: number): Promise<Offsets> {
    const partitionIndexes = Array.from({ length: partitions }, (_, partition) => partition);
    return await this.#run('list_offsets', async () => {
      const groups = await this.#admin.listConsumerGroupOffsets({ groups: [{ groupId: group, topics: [{ name: topic, partitionIndexes }] }] });
      const listed = groups.flatMap(({ topics }) => topics).flatMap((found) => found.partitions);
      return new Map(listed.filter(({ committedOffset }) => committedOffset >= 0n).map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]));
    });
  }

  async offsetsAt(topic: string, partitions: readonly number[], at: OffsetAt): Promise<Offsets> {
    return await this.#run('list_offsets', async () => {
      const offsets = await this.#listOffsets(topic, partitions, timestampOf(at));
      // No event at or after that time: the end of the partition, then.
      const without = partitions.filter((partition) => (offsets.get(partition) ?? -1n) < 0n);
      const ends = without.length > 0 ? await this.#listOffsets(topic, without, ListOffsetTimestamps.LATEST) : new Map<number, bigint>();
      return new Map([...offsets, ...ends]);
    });
  }

  async #listOffsets(topic: string, partitions: readonly number[], timestamp: bigint): Promise<Offsets> {
    const listed = await this.#admin.listOffsets({ topics: [{ name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp })) }] });
    return new Map(listed.flatMap((found) => found.partitions).map(({ partitionIndex, offset }) => [partitionIndex, offset]));
  }

  async commitOffsets(group: string, topic: string, offsets: Offsets): Promise<void> {
    const partitionOffsets = [...offsets].map(([partition, offset]) => ({ partition, offset }));
    await this.#run('commit_offsets', () => this.#admin.alterConsumerGroupOffsets({ groupId: group, topics: [{ name: topic, partitionOffsets }] }));
  }

  async members(group: string): Promise<number> {
    try {
      const groups = await this.#run('describe_group', () => this.#admin.describeGroups({ groups: [group] }));
      return groups.get(group)?.members.size ?? 0;
    } catch (error) {
      if (error instanceof KafkaError && error.trouble === 'group-missing') return 0;
      throw error;
    }
  }

  async deleteGroup(group: string): Promise<void> {
    await this.#run('delete_group', () => this.#admin.deleteGroups({ groups: [group] }));
  }

  async #run<T>(operation: AdminOperation, work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const tell = (outcome: AdminOutcome): void => this.#called({ operation, outcome, seconds: (performance.now() - begun) / 1000 });
    try {
      const result = await this.#connectedTo(work);
      tell('ok');
      return result;
    } catch (error) {
      const failure = classifyError(error);
      tell(failedOutcome(failure));
      throw failure;
    }
  }

  /**
   * Once connected, the one mistake of its user that the client reports is a topic that does not exist;
   * before, it is a plaintext connection to a TLS port, or the reverse.
   */
  async #connectedTo<T>(work: () => Promise<T>): Promise<T> {
    try {
      this.#connected ??= this.#admin.listApis();
      await this.#connected;
    } catch (error) {
      this.#connected = undefined;
      throw classifyError(error);
    }
    try {
      return await work();
    } catch (error) {
      if ((error as { code?: unknown }).code === 'PLT_KFK_USER') throw new KafkaError('topic-missing', 'the topic does not exist', { cause: error });
      throw classifyError(error);
    }
  }

  async close(): Promise<void> {
    await this.#admin.close();
  }
}

function timestampOf(at: OffsetAt): bigint {
  if (typeof at === 'bigint') return at;
  return at === 'latest' ? ListOffsetTimestamps.LATEST : ListOffsetTimestamps.EARLIEST;
}
