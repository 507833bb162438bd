import type { BaseOptions } from '@platformatic/kafka';
import { isIP } from 'node:net';

import type { KafkaConnection } from '../../contract/kafka-connection.ts';

/** Options that every Kafka client of the data plane starts from: the connection, limits for connecting and waiting, topics never created by asking for them. */
export function clientOptions(connection: KafkaConnection, clientId: string): BaseOptions {
  const named = connection.bootstrapBrokers.every((broker) => isIP(broker.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')) === 0);
  return {
    clientId,
    ...connection,
    // Managed services tell their tenants apart by the server name (SNI), which an address cannot be.
    ...(connection.tls && named && { tlsServerName: true }),
    connectTimeout: 3000,
    requestTimeout: 5000,
    retries: 0,
    autocreateTopics: false,
  };
}
