import type { KafkaConnection } from '../../contract/kafka-connection.ts';

/** Whose records are read, and for whom. */
export interface ConsumerClientOptions {
  readonly connection: KafkaConnection;
  readonly clientId: string;
  readonly group: string;
  readonly topic: string;
}
