import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Health } from '../../support/argo-health.ts';
import { keptAs } from '../cluster/binaries.ts';
import { onPath, output } from '../cluster/command.ts';

/** Others who read our objects, by their own libraries: programs in Go, which may be missing where Docker and kind run the cluster. */
export const hasReaders = (): Promise<boolean> => onPath('go');

/** What kstatus says of objects: InProgress, Failed, Current, Terminating, …, in their order. */
export async function kstatusOf(objects: readonly object[]): Promise<string[]> {
  const said = await run('kstatus', 'sigs.k8s.io/cli-utils v0.37.2', { apiVersion: 'v1', kind: 'List', items: objects });
  return said.trim().split('\n');
}

/** What health checks of Argo CD answer in the Lua that Argo CD has. */
export async function argoLua(checks: readonly { script: string; object: object }[]): Promise<Health[]> {
  return JSON.parse(await run('gopher-lua', 'github.com/yuin/gopher-lua v1.1.1', checks)) as Health[];
}

/** Built the first time and kept by what it is built from. */
async function run(name: string, library: string, input: object): Promise<string> {
  const program = await readFile(join(import.meta.dirname, name, 'main.go'));
  const digest = createHash('sha256').update(library).update(program).digest('hex').slice(0, 8);
  const folder = await keptAs(`${name}-${digest}`, async (src, bin) => {
    await mkdir(src, { recursive: true });
    await writeFile(join(src, 'go.mod'), `module ${name}\ngo 1.26\nrequire ${library}\n`);
    await writeFile(join(src, 'main.go'), program);
    await output('go', ['mod', 'tidy'], { cwd: src, timeoutMs: 300_000 });
    await output('go', ['build', '-o', join(bin, name), '.'], { cwd: src, timeoutMs: 600_000 });
  });
  return output(join(folder, name), [], { input: JSON.stringify(input) });
}
