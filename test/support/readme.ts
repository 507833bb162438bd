import { readFileSync } from 'node:fs';

export interface ShellBlock {
  /** The heading above the block. */
  readonly section: string;
  readonly commands: readonly string[];
}

interface FencedBlock {
  readonly section: string;
  readonly lines: readonly string[];
}

/** The shell blocks of a Markdown file: what a reader pastes, one entry a fenced block. */
export function shellBlocks(file: string): ShellBlock[] {
  return fencedBlocks(file, 'sh').map(({ section, lines }) => ({ section, commands: lines.map((line) => line.trim()).filter((line) => line !== '') }));
}

/** The texts of the YAML blocks in a section of a Markdown file. */
export function yamlBlocks(file: string, section: string): string[] {
  return fencedBlocks(file, 'yaml').filter((block) => block.section === section).map(({ lines }) => lines.join('\n'));
}

function fencedBlocks(file: string, language: string): FencedBlock[] {
  const blocks: FencedBlock[] = [];
  let section = '';
  let open: { language: string; lines: string[] } | undefined;
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const heading = /^#+ (.+)$/.exec(line)?.[1];
    if (heading !== undefined && open === undefined) section = heading;
    const [, fence] = /^\s*```(.*)$/.exec(line) ?? [];
    if (fence === undefined) {
      open?.lines.push(line);
    } else if (open === undefined) {
      open = { language: fence.trim(), lines: [] };
    } else {
      if (open.language === language) blocks.push({ section, lines: open.lines });
      open = undefined;
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
