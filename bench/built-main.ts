import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const project = join(import.meta.dirname, '..');
const stages = { receiver: 'channel', dispatcher: 'dispatcher' } as const;

export interface BuiltMain {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** What Node is given to run a part of a checkout's data plane as its image does, bundled just now: the command and the environment of the Dockerfile. */
export function builtMain(part: keyof typeof stages, checkout = project): BuiltMain {
  const inCheckout = (argument: string): string => (argument.startsWith('-') ? argument : join(checkout, argument));
  execFileSync(process.execPath, [join(checkout, 'scripts/bundle.ts')], { cwd: checkout, stdio: ['ignore', 2, 2] });
  const dockerfile = readFileSync(join(checkout, 'Dockerfile'), 'utf8');
  const [file = '', ...args] = imageCommand(dockerfile, stages[part]);
  return { file: inCheckout(file), args: args.map(inCheckout), env: imageEnvironment(dockerfile, stages[part]) };
}

/** What an image's stage runs, without `node` itself. Fails where it runs anything else. */
export function imageCommand(dockerfile: string, stage: string): string[] {
  const [, text = '[]'] = new RegExp(`^FROM \\S+ AS ${stage}\\n(?:(?!FROM ).*\\n)*?CMD (\\[.*\\])$`, 'm').exec(dockerfile) ?? [];
  const [program, ...args] = JSON.parse(text) as string[];
  if (program !== 'node') throw new Error(`Dockerfile: stage ${stage} has no CMD that runs node`);
  return args;
}

/** What an image's stage, and those that it is made from, set. */
export function imageEnvironment(dockerfile: string, stage: string): Record<string, string> {
  const [, parent, text = ''] = new RegExp(`^FROM (\\S+) AS ${stage}\n((?:(?!FROM ).*\n)*)`, 'm').exec(dockerfile) ?? [];
  if (parent === undefined) return {};
  const own = [...text.matchAll(/^ENV (.*)$/gm)].flatMap(([, line = '']) => line.split(' ').map((one) => one.split('=') as [string, string]));
  return { ...imageEnvironment(dockerfile, parent), ...Object.fromEntries(own) };
}
