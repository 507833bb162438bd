import { createServer } from 'node:net';

import { StartError } from '../start-error.ts';
import { portHolder } from './holder.ts';

/** Throws StartError when somebody listens on the port already, naming the holder and the flag that changes the port. */
export async function probePort(port: number, purpose: string, flag: string): Promise<void> {
  if (await isFree(port)) return;
  const holder = portHolder(port) ?? 'a process that cannot be seen from here';
  throw new StartError(`port ${port} (${purpose}) is taken`, `held by ${holder}`, `stop it, or choose another port with ${flag}, such as ${flag} 0 for any free one`);
}

/** Whether a port can be listened on, by all interfaces and by the loopback alone. */
export async function isFree(port: number): Promise<boolean> {
  const answers = [await canListen(port), await canListen(port, '127.0.0.1')];
  return answers.every(Boolean);
}

function canListen(port: number, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, ...(host && { host }), exclusive: true }, () => server.close(() => resolve(true)));
  });
}
