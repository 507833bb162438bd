import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { freePorts } from '../../local/free-port.ts';
import { until } from '../../test/e2e/cluster/wait.ts';
import { systemNamespace } from './objects.ts';
import { BenchProcess } from './process.ts';

const project = join(import.meta.dirname, '..', '..');

export interface Hooks {
  readonly url: string;
  readonly token: string;
  readonly process: BenchProcess;
  /** Calls a hook as Metacontroller does; fails for any other answer than 200. */
  readonly post: (path: string, body: object) => Promise<unknown>;
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
}

/** The hooks as their image runs them, compiled just now. */
export async function startHooks(folder: string, stack: AsyncDisposableStack): Promise<Hooks> {
  execFileSync(process.execPath, [join(project, 'node_modules/typescript/bin/tsc'), '-p', join(project, 'tsconfig.build.json')], { cwd: project, stdio: ['ignore', 2, 2] });
  const [port = 0] = await freePorts(1);
  const token = randomBytes(16).toString('hex');
  const tokenFile = join(folder, 'token');
  await writeFile(tokenFile, token, { mode: 0o600 });
  const images = { RECEIVER_IMAGE: 'receiver', DISPATCHER_IMAGE: 'dispatcher' };
  const env = { NODE_ENV: 'production', PORT: String(port), SYSTEM_NAMESPACE: systemNamespace, TOKEN_FILE: tokenFile, ...images };
  const started = new BenchProcess(process.execPath, ['--enable-source-maps', join(project, 'dist/hooks/main.js')], join(folder, 'hooks.log'), env);
  stack.defer(() => started.stop());
  const url = `http://127.0.0.1:${port}`;
  await until('the hooks', async () => ((await fetch(`${url}/readyz`)).ok ? true : undefined));
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return { url, token, process: started, post, metrics: async () => (await fetch(`${url}/metrics`)).text() };
}
