import { setTimeout as delay } from 'node:timers/promises';

import { freePorts } from '../local/free-port.ts';
import type { BuiltMain } from './built-main.ts';
import { CpuQuota } from './cpu-quota.ts';
import { MeasuredProcess, until } from './measured-process.ts';

export interface StartedReceiver extends AsyncDisposable {
  readonly process: MeasuredProcess;
  readonly port: number;
  /** From its start until it is ready. */
  readonly readyMs: number;
  readonly idleRssMiB: number;
  /** Each of its workers, to a share of a core. */
  holdWorkersTo(cores: number): void;
}

const idleMs = 1000;

export async function startReceiver({ file, args, env }: BuiltMain, workers: number): Promise<StartedReceiver> {
  const [port = 0, managementPort = 0] = await freePorts(2);
  const process = new MeasuredProcess(file, args, { ...env, PORT: String(port), MANAGEMENT_PORT: String(managementPort), WORKERS: String(workers) });
  const limits = new DisposableStack();
  const stop = async (): Promise<void> => {
    await process.stop();
    limits.dispose();
  };
  try {
    const readyMs = await until('the receiver is ready', async () => (await fetch(`http://127.0.0.1:${managementPort}/readyz`)).ok);
    await delay(idleMs);
    const holdWorkersTo = (cores: number): void => process.workers().forEach((pid) => limits.use(CpuQuota.of(pid, cores)));
    return { process, port, readyMs, idleRssMiB: process.rssMiB(), holdWorkersTo, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
