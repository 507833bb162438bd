import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { StartError } from '../../../local/start-error.ts';
import { onPath, output } from './command.ts';
import { cacheFolder } from './folders.ts';

const versions = { kubernetes: '1.36.3', containerd: '2.2.0', coredns: '1.12.4' };
const kwokVersion = '0.8.0';

interface GoModule {
  readonly path: string;
  readonly version: string;
  readonly commands: readonly string[];
  readonly ldflags?: string;
}

const kubernetesVersion = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version']
  .map((path) => `-X ${path}.gitVersion=v${versions.kubernetes} -X ${path}.gitMajor=1 -X ${path}.gitMinor=${versions.kubernetes.split('.')[1] ?? ''}`)
  .join(' ');

const kubernetesCommands = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'];
const containerdCommands = ['containerd', 'containerd-shim-runc-v2', 'ctr'];

const modules: GoModule[] = [
  { path: 'k8s.io/kubernetes', version: versions.kubernetes, commands: kubernetesCommands.map((name) => `k8s.io/kubernetes/cmd/${name}`), ldflags: kubernetesVersion },
  { path: 'github.com/containerd/containerd/v2', version: versions.containerd, commands: containerdCommands.map((name) => `github.com/containerd/containerd/v2/cmd/${name}`) },
  { path: 'github.com/coredns/coredns', version: versions.coredns, commands: ['github.com/coredns/coredns'] },
];

/** Folder with the programs of a node, built from Go modules the first time: about ten minutes on two cores, then kept by version. */
export function nodeBinaries(progress: (text: string) => void): Promise<string> {
  return kept(`node-${Object.entries(versions).flat().join('-')}`, modules, progress);
}

/** Folder with kwok, which makes pods Ready that do not run. */
export function kwokBinaries(progress: (text: string) => void): Promise<string> {
  return kept(`kwok-${kwokVersion}`, [{ path: 'sigs.k8s.io/kwok', version: kwokVersion, commands: ['sigs.k8s.io/kwok/cmd/kwok'] }], progress);
}

function kept(name: string, from: readonly GoModule[], progress: (text: string) => void): Promise<string> {
  return keptAs(name, async (src, bin) => {
    for (const module of from) {
      progress(`building ${module.commands.map((path) => path.split('/').at(-1)).join(', ')} ${module.version} (once, some minutes)`);
      await build(module, join(src, module.version), bin);
    }
  });
}

/** A folder that is kept once what makes it has succeeded. */
export async function keptAs(name: string, make: (src: string, bin: string) => Promise<void>): Promise<string> {
  const kept = join(cacheFolder(), name);
  if (existsSync(kept)) return kept;
  if (!(await onPath('go'))) throw new StartError(`cannot build ${name}`, 'Go (go) is not on the PATH', 'install Go 1.26 or newer');
  const partial = `${kept}.partial-${process.pid}`;
  const bin = join(partial, 'bin');
  try {
    await mkdir(bin, { recursive: true });
    await make(join(partial, 'src'), bin);
    await rename(bin, kept);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return kept;
}

/** A module of its own with blank imports, because `go install` refuses modules that have replace or exclude lines. */
async function build(module: GoModule, folder: string, bin: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const go = (args: string[]): Promise<string> => output('go', args, { cwd: folder, timeoutMs: 3_000_000 });
  const { GoMod: theirs } = JSON.parse(await go(['mod', 'download', '-json', `${module.path}@v${module.version}`])) as { GoMod: string };
  await writeFile(join(folder, 'go.mod'), goMod(module, await readFile(theirs, 'utf8')));
  await writeFile(join(folder, 'tools.go'), ['//go:build tools', '', 'package tools', '', ...module.commands.map((path) => `import _ "${path}"`), ''].join('\n'));
  await go(['build', '-mod=mod', '-o', `${bin}/`, '-ldflags', `-s -w ${module.ldflags ?? ''}`, ...module.commands]);
}

/** Kubernetes takes its libraries from its own tree by replace lines; published, they have the versions v0.MINOR.PATCH. */
function goMod(module: GoModule, theirs: string): string {
  const go = /^go .*$/m.exec(theirs)?.[0] ?? 'go 1.26';
  const library = `v0.${module.version.split('.').slice(1).join('.')}`;
  const replaced = [...theirs.matchAll(/^\s*(\S+) => \.\/staging\/\S+$/gm)].map(([, name = '']) => `replace ${name} => ${name} ${library}`);
  return ['module node', go, `require ${module.path} v${module.version}`, ...replaced, ''].join('\n');
}
