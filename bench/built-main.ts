import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const project = join(import.meta.dirname, '..');
const stages = { receiver: 'channel', dispatcher: 'dispatcher' } as const;

/** Arguments for Node that run a part of the data plane as its image does, bundled just now: those of the command in the Dockerfile. */
export function builtMain(part: keyof typeof stages): { readonly file: string; readonly args: readonly string[] } {
  execFileSync(process.execPath, [join(project, 'scripts/bundle.ts')], { cwd: project, stdio: ['ignore', 2, 2] });
  const [file = '', ...args] = imageCommand(readFileSync(join(project, 'Dockerfile'), 'utf8'), stages[part]);
  return { file: inProject(file), args: args.map(inProject) };
}

/** What an image's stage runs, without `node` itself. Fails where it runs anything else. */
export function imageCommand(dockerfile: string, stage: string): string[] {
  const [, text = '[]'] = new RegExp(`^FROM \\S+ AS ${stage}\\n(?:(?!FROM ).*\\n)*?CMD (\\[.*\\])$`, 'm').exec(dockerfile) ?? [];
  const [program, ...args] = JSON.parse(text) as string[];
  if (program !== 'node') throw new Error(`Dockerfile: stage ${stage} has no CMD that runs node`);
  return args;
}

function inProject(argument: string): string {
  return argument.startsWith('-') ? argument : join(project, argument);
}
