import { readFileSync } from 'node:fs';

export interface ShellBlock {
  /** The heading above the block. */
  readonly section: string;
  readonly commands: readonly string[];
}

/** The shell blocks of a Markdown file: what a reader pastes, one entry a fenced block. */
export function shellBlocks(file: string): ShellBlock[] {
  const blocks: ShellBlock[] = [];
  let section = '';
  let open: string[] | undefined;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const heading = /^#+ (.+)$/.exec(line)?.[1];
    if (heading !== undefined && open === undefined) section = heading;
    if (/^\s*```/.test(line)) {
      if (open) blocks.push({ section, commands: open });
      open = open === undefined && line.trim() === '```sh' ? [] : undefined;
    } else if (open && line.trim() !== '') {
      open.push(line.trim());
    }
  }
  return blocks;
}

/** The commands in the numbered steps of a section, in order. */
export function stepCommands(file: string, section: string): string[] {
  const text = readFileSync(file, 'utf8').split(/^#+ /m).find((part) => part.startsWith(`${section}\n`)) ?? '';
  const steps = text.split('\n').filter((line) => /^\d+\. /.test(line));
  return steps.flatMap((step) => [...step.matchAll(/`(kubectl [^`]+)`/g)].map(([, command = '']) => command));
}
