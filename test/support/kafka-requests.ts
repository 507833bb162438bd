import type { Socket } from 'node:net';

/** Tells of each request that a Kafka client sends on this connection, by Kafka's number of its kind. */
export function onKafkaRequest(client: Socket, seen: (apiKey: number) => void): void {
  let unread = Buffer.alloc(0);
  client.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    for (; unread.length >= 6 && unread.length >= 4 + unread.readInt32BE(0); unread = unread.subarray(4 + unread.readInt32BE(0))) seen(unread.readInt16BE(4));
  });
}
