import type { Consumer, Kafka, Producer } from 'kafkajs';
import type { IncomingMessage, Server } from 'node:http';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import { kafkajsClient, withAdmin } from '../../support/kafkajs.ts';
import { shippedNamespace as namespace } from '../system.ts';

export interface PeerChannel {
  readonly bootstrap: string;
  readonly topic: string;
  readonly partitions: number;
  readonly group: string;
}

/** Receiver and dispatcher of the peer for one channel, played by this process: what they leave on Kafka has the peer's form. */
export class PeerDataPlane {
  /** Ids of events in the order of their delivery. */
  readonly delivered: string[] = [];
  readonly #channel: PeerChannel;
  readonly #kafka: Kafka;
  readonly #producer: Producer;
  #receiver: Server | undefined;
  #dispatcher: Consumer | undefined;

  private constructor(channel: PeerChannel) {
    this.#channel = channel;
    this.#kafka = kafkajsClient(channel.bootstrap);
    this.#producer = this.#kafka.producer();
  }

  /** With its topic, and a group whose newest offsets are committed, as the peer has them before a subscriber is Ready. */
  static async start(host: string, channel: PeerChannel): Promise<PeerDataPlane> {
    const { bootstrap, topic, partitions, group } = channel;
    await withAdmin(bootstrap, async (admin) => {
      await admin.createTopics({ topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }], waitForLeaders: true });
      await admin.setOffsets({ groupId: group, topic, partitions: Array.from({ length: partitions }, (_, partition) => ({ partition, offset: '0' })) });
    });
    const plane = new PeerDataPlane(channel);
    await plane.#producer.connect();
    await plane.startReceiver(host);
    await plane.startDispatcher();
    return plane;
  }

  async startReceiver(host: string): Promise<void> {
    const receiver = createServer((request, response) => {
      this.#stored(request).then(() => response.writeHead(202).end(), () => response.writeHead(503).end());
    });
    receiver.listen(0, host);
    await once(receiver, 'listening');
    this.#receiver = receiver;
  }

  /** The Service that the channels' Services name. */
  ingress(): object[] {
    const { address, port } = this.#receiver?.address() as AddressInfo;
    const name = 'kafka-channel-ingress';
    return [
      { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { ports: [{ name: 'http', port: 80, targetPort: port }] } },
      {
        apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name, namespace, labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4', ports: [{ name: 'http', port }], endpoints: [{ addresses: [address], conditions: { ready: true } }],
      },
    ];
  }

  /** A member of the channel's group that commits each event as it has delivered it. */
  async startDispatcher(): Promise<void> {
    const { topic, group } = this.#channel;
    const dispatcher = this.#kafka.consumer({ groupId: group, allowAutoTopicCreation: false });
    this.#dispatcher = dispatcher;
    await dispatcher.connect();
    await dispatcher.subscribe({ topic });
    await dispatcher.run({
      autoCommit: false,
      eachMessage: async ({ partition, message }) => {
        this.delivered.push(String(message.headers?.['ce_id']));
        await dispatcher.commitOffsets([{ topic, partition, offset: String(BigInt(message.offset) + 1n) }]);
      },
    });
  }

  /** Leaves its group. */
  async stopDispatcher(): Promise<void> {
    await this.#dispatcher?.disconnect();
    this.#dispatcher = undefined;
  }

  /** Answers what it has been asked, and takes nothing more. */
  async stopReceiver(): Promise<void> {
    if (!this.#receiver) return;
    const closed = once(this.#receiver, 'close');
    this.#receiver.close();
    this.#receiver = undefined;
    await closed;
  }

  async stop(): Promise<void> {
    await this.stopDispatcher();
    await this.stopReceiver();
    await this.#producer.disconnect();
  }

  /** Binary mode, and every attribute a header of the record. */
  async #stored(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const headers = Object.entries(request.headers).flatMap(([name, value]) => (name.startsWith('ce-') ? [[name.replace('ce-', 'ce_'), String(value)] as const] : []));
    const { topic } = this.#channel;
    await this.#producer.send({ topic, messages: [{ value: Buffer.concat(chunks), headers: Object.fromEntries(headers) }] });
  }
}
