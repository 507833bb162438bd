import { StartError } from '../../../local/start-error.ts';
import { ended, onPath, output } from './command.ts';

/** Debian packages of a node that has no Docker. */
const packages = ['etcd-server', 'runc', 'containernetworking-plugins', 'iptables', 'conntrack', 'buildah', 'busybox-static', 'openssl', 'iproute2', 'ca-certificates'];

/** Installs the Debian packages that are missing; one clear error where that cannot be done. */
export async function ensurePackages(progress: (text: string) => void): Promise<void> {
  const missing: string[] = [];
  const what = 'cannot start a cluster';
  const remedy = 'run as root on Debian, or install Docker and kind';
  if (process.platform !== 'linux' || process.getuid?.() !== 0) throw new StartError(what, 'neither Docker with kind nor root was found', remedy);
  if (!(await onPath('dpkg-query'))) throw new StartError(what, 'this is not Debian, and Docker with kind was not found', remedy);
  for (const name of packages) {
    const { stdout } = await ended('dpkg-query', ['-W', '-f=${db:Status-Status}', name]);
    if (stdout !== 'installed') missing.push(name);
  }
  if (missing.length === 0) return;
  progress(`installing ${missing.join(', ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-qy', '--no-install-recommends', ...missing];
  await output('apt-get', ['update', '-q'], { env, timeoutMs: 300_000 });
  await output('apt-get', install, { env, timeoutMs: 600_000 }).catch((error: unknown) => {
    throw new StartError(what, (error as Error).message.split('\n').at(-1) ?? '', `run "apt-get ${install.join(' ')}" and see why it fails`, { cause: error });
  });
}
