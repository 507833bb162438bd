import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { promisify } from 'node:util';

import type { Scenario } from '../scenario.ts';

const idleConnections = 100;

/** How many files and connections a process may have open. */
async function limitDescriptors(pid: number, limit: number): Promise<void> {
  await promisify(execFile)('prlimit', ['--pid', String(pid), `--nofile=${limit}:`]);
}

async function descriptors(pid: number): Promise<number> {
  return (await readdir(`/proc/${pid}/fd`)).length;
}

/** Connections that say nothing; `closed` counts those that were not kept. */
function idle(port: number): { readonly sockets: Socket[]; readonly closed: () => number } {
  let closed = 0;
  const sockets = Array.from({ length: idleConnections }, () => connect(port, '127.0.0.1').on('error', () => undefined).on('close', () => (closed += 1)));
  return { sockets, closed: () => closed };
}

/** Rows P: what our processes need of the machine. */
export const resourceScenarios: readonly Scenario[] = [
  {
    name: 'descriptors-exhausted',
    row: 'P6',
    about: 'a receiver and a dispatcher may open no more files and connections, and lose those to the brokers; strangers take what a receiver has left',
    fault: async (stage) => {
      const processes = [stage.receiver(0).pid, stage.dispatcher(0).pid];
      const port = Number(new URL(stage.receiver(0).url).port);
      for (const pid of processes) await limitDescriptors(pid, (await descriptors(pid)) + 2);
      const strangers = idle(port);
      for (const role of ['receiver', 'dispatcher'] as const) for (const proxy of stage.cluster.proxies(role)) stage.felt('connections reset', proxy.cut());
      await stage.last();
      stage.felt('strangers that were sent away', strangers.closed());
      for (const socket of strangers.sockets) socket.destroy();
      for (const pid of processes) await limitDescriptors(pid, 4096);
    },
  },
];
