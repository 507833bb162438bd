import { spawn } from 'node:child_process';

export interface CommandOptions {
  readonly input?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. Fails only where it cannot be started; code is null where a signal ended it, the time limit's included. */
export function ended(command: string, args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const { input, cwd, env, timeoutMs = 120_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'pipe', timeout: timeoutMs, killSignal: 'SIGKILL', env: { ...process.env, ...env }, ...(cwd !== undefined && { cwd }) });
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) child[stream].setEncoding('utf8').on('data', (text: string) => (said[stream] += text));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, ...said }));
    child.stdin.once('error', () => undefined).end(input);
  });
}

/** What a command printed on stdout; one error with what it said last where it fails. */
export async function output(command: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await ended(command, args, options);
  if (code === 0) return stdout;
  const last = `${stdout}\n${stderr}`.trim().split('\n').slice(-12).join('\n');
  throw new Error(`${[command, ...args].join(' ').slice(0, 200)}: ${code === null ? 'ended by a signal' : `exit ${code}`}: ${last}`);
}

export async function onPath(command: string): Promise<boolean> {
  return (await ended('sh', ['-c', `command -v ${command}`])).code === 0;
}
