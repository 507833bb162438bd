import type { Socket, TcpNetConnectOpts } from 'node:net';
import { connect as connectPlain, isIP } from 'node:net';
import { connect as connectSecure } from 'node:tls';

import type { EgressGuard } from '../egress/egress-guard.ts';

/** Scheme, host and port, as a parsed URL has them. */
export interface Endpoint {
  readonly secure: boolean;
  /** An IPv6 address in brackets. */
  readonly host: string;
  readonly port: number;
}

const connectTimeoutMs = 10_000;
const keepAliveProbeMs = 60_000;
const readBytes = 8 * 1024;

/** Connects, the guard before everything. `received` gets bytes that are another's when the call is over. Rejects with what went wrong, EgressRefused among it. */
export async function openSocket({ secure, host: shown, port }: Endpoint, guard: EgressGuard, received: (bytes: Buffer) => void): Promise<Socket> {
  await guard.admit(shown);
  const host = shown.replace(/^\[(.*)\]$/, '$1');
  const options: TcpNetConnectOpts = { host, port, lookup: guard.lookup, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveProbeMs };
  const socket = secure ? secureSocket(options, received) : plainSocket(options, received);
  await connected(socket, secure ? 'secureConnect' : 'connect');
  return socket;
}

/** Into one buffer of its own: without a stream and a buffer for each answer. */
function plainSocket(options: TcpNetConnectOpts, received: (bytes: Buffer) => void): Socket {
  const buffer = Buffer.allocUnsafeSlow(readBytes);
  const callback = (length: number): boolean => {
    received(buffer.subarray(0, length));
    return true;
  };
  return connectPlain({ ...options, onread: { buffer, callback } });
}

function secureSocket(options: TcpNetConnectOpts, received: (bytes: Buffer) => void): Socket {
  const { host = '' } = options;
  return connectSecure({ ...options, ALPNProtocols: ['http/1.1'], ...(isIP(host) === 0 && { servername: host }) }).on('data', received);
}

function connected(socket: Socket, event: 'connect' | 'secureConnect'): Promise<void> {
  return new Promise((resolve, reject) => {
    const patience = setTimeout(() => socket.destroy(new Error(`no connection within ${connectTimeoutMs} ms`)), connectTimeoutMs);
    const settle = (error?: Error): void => {
      clearTimeout(patience);
      socket.off(event, succeed).off('error', settle).off('close', close);
      if (error) reject(error);
      else resolve();
    };
    const succeed = (): void => settle();
    const close = (): void => settle(new Error('other side closed'));
    socket.once(event, succeed).once('error', settle).once('close', close);
  });
}
