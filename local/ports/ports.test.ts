import { describe, expect, test } from '@jest/globals';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';

import { AssignedPorts } from './assigned.ts';
import { listeningInodes, portHolder } from './holder.ts';
import { isFree, probePort } from './probe.ts';

async function listening(host?: string): Promise<{ port: number; close: () => void }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ port: 0, ...(host && { host }) }, resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

describe('probePort', () => {
  test.each([['all interfaces', undefined], ['the loopback only', '127.0.0.1']])('refuses a port that is held on %s, naming holder and flag', async (_name, host) => {
    const { port, close } = await listening(host);
    await expect(probePort(port, 'events', '--port')).rejects.toThrow(new RegExp(`^port ${port} \\(events\\) is taken: held by pid ${process.pid} \\(.+\\): stop it, or choose another port with --port`));
    close();
  });

  test('takes a free one', async () => {
    const { port, close } = await listening();
    close();
    expect(await isFree(port)).toBe(true);
    await probePort(port, 'events', '--port');
  });
});

describe('portHolder', () => {
  test('is undefined for a port that nobody holds', () => expect(portHolder(1)).toBeUndefined());

  test('reads listening sockets only', () => {
    const table = 'sl local\n 0: 0100007F:1F90 00000000:0000 0A 0:0 0:0 0 0 0 111 1\n 1: 0100007F:1F90 00000000:0000 01 0:0 0:0 0 0 0 222 1\n 2: 0100007F:1F91 00000000:0000 0A 0:0 0:0 0 0 0 333 1\n';
    expect(listeningInodes(table, 8080)).toEqual(['111']);
  });
});

describe('AssignedPorts', () => {
  test('chooses each port once, and takes a fixed one where it is said', async () => {
    const ports = new AssignedPorts();
    expect(await ports.assign('x', [8080, 9090], new Map([[8080, 4711]]))).toBe(true);
    const management = ports.of('x', 9090);
    expect(ports.of('x', 8080)).toBe(4711);
    expect(management).toBeGreaterThan(1023);
    expect(await ports.assign('x', [8080, 9090])).toBe(false);
    expect(ports.of('x', 9090)).toBe(management);
    expect(ports.of('y', 8080)).toBeUndefined();
  });
});
