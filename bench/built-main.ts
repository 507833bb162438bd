import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const project = join(import.meta.dirname, '..');

/** Arguments for Node that run a part of the data plane as its image does, compiled just now. */
export function builtMain(part: 'receiver' | 'dispatcher'): { readonly file: string; readonly args: readonly string[] } {
  execFileSync(process.execPath, [join(project, 'node_modules/typescript/bin/tsc'), '-p', join(project, 'tsconfig.build.json')], { cwd: project, stdio: ['ignore', 2, 2] });
  return { file: '--enable-source-maps', args: [join(project, `dist/dataplane/${part}/main.js`)] };
}
