import { build } from 'esbuild';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { bundlePlugins } from './bundle-plugins.ts';
import { licencesOf } from './licences.ts';

const project = join(import.meta.dirname, '..');

/**
 * A process of the data plane as its image has it, in dist/dataplane/NAME: main.js, what it loads later, and the licences of what is in them. Of the packages only those
 * modules that it uses; the one thing that it may still find among `node_modules` is the native CRC of `@node-rs/crc32`, whose place WebAssembly takes.
 */
export async function bundleProcess(name: 'receiver' | 'dispatcher'): Promise<void> {
  const folder = join(project, 'dist', 'dataplane', name);
  await rm(folder, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: project,
    entryPoints: [join('dataplane', name, 'main.ts')],
    outdir: folder,
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    target: 'node24',
    // The text stays in memory for as long as the process lives. Names stay as they are, for the sake of stack traces.
    minifyWhitespace: true,
    minifySyntax: true,
    // Node shows the line of an error that ends it.
    lineLimit: 160,
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: false,
    metafile: true,
    banner: { js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);" },
    plugins: bundlePlugins,
    logLevel: 'warning',
  });
  const bundled = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  await writeFile(join(folder, 'LICENSES.txt'), await licencesOf(project, bundled));
}
