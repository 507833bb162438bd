import type { Base, Connection, ConnectionPool } from '@platformatic/kafka';

/** What the client's pool tells of. */
interface Connecting {
  readonly broker: { readonly host: string; readonly port: number };
  readonly connection: Pick<Connection, 'close' | 'on' | 'once'>;
}

type Client = Pick<Base, 'close'> & { readonly connections: Pick<ConnectionPool, 'on'> };

/** Longer than a request takes: nobody waits for an answer on a connection that has been replaced for so long. */
const replacedMs = 40_000;

/**
 * Returns what closes the client with every connection that it ever made. Its pool forgets one that was made between the reset of the last one to the same
 * broker and the end of that: such a connection would stay open for ever, and the process with it. One that was replaced is closed after a while.
 */
export function closingEveryConnection(client: Client): () => Promise<void> {
  const open = new Map<Connecting['connection'], string>();
  client.connections.on('connecting', ({ broker, connection }: Connecting) => {
    const address = `${broker.host}:${broker.port}`;
    for (const [replaced, of] of open) if (of === address) setTimeout(() => void close(replaced), replacedMs).unref();
    open.set(connection, address);
    connection.once('close', () => open.delete(connection));
    // More than once: a connection that is reset while it authenticates itself anew tells of both, and the pool listens to the first alone. What nobody hears ends the process.
    connection.on('error', () => open.delete(connection));
  });
  const close = async (connection: Connecting['connection']): Promise<void> => {
    open.delete(connection);
    await connection.close().catch(() => undefined);
  };
  return async () => {
    await Promise.all([client.close().catch(() => undefined), ...[...open.keys()].map(close)]);
  };
}
