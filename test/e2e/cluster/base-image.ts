import { cp, mkdir, realpath, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

import { output } from './command.ts';
import { fromScratch } from './images.ts';

/** Image that the Dockerfile names as its base. */
export const baseImage = 'node:24-bookworm-slim';

const dockerfile = `FROM scratch
COPY root /
ENV PATH=/usr/local/bin:/usr/bin:/bin
CMD ["node"]
`;

/** Node, npm, a shell and CA certificates; npm reaches its registry in the way it does here. */
export async function buildBaseImage(): Promise<void> {
  await fromScratch(baseImage, async (folder) => {
    const root = join(folder, 'root');
    await layShell(root);
    await layNode(root);
    await layNpm(root);
    await copyInto(root, '/etc/ssl/certs/ca-certificates.crt');
    await layFile(root, '/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\nnonroot:x:65532:65532:nonroot:/tmp:/bin/sh\n');
    await layFile(root, '/etc/group', 'root:x:0:\nnonroot:x:65532:\n');
    await mkdir(join(root, 'tmp'), { mode: 0o1777 });
    await mkdir(join(root, 'root'));
    await writeFile(join(folder, 'Dockerfile'), dockerfile);
  });
}

async function layShell(root: string): Promise<void> {
  await copyInto(root, '/bin/busybox');
  await mkdir(join(root, 'usr', 'bin'), { recursive: true });
  for (const applet of (await output('/bin/busybox', ['--list'])).split('\n').filter((name) => name && name !== 'busybox')) await symlink('/bin/busybox', join(root, 'bin', applet));
  await symlink('/bin/busybox', join(root, 'usr', 'bin', 'env'));
}

async function layNode(root: string): Promise<void> {
  await mkdir(join(root, 'usr', 'local', 'bin'), { recursive: true });
  await cp(process.execPath, join(root, 'usr', 'local', 'bin', 'node'));
  const libraries = (await output('ldd', [process.execPath])).match(/\/\S+/g) ?? [];
  for (const library of libraries) await copyInto(root, library);
}

async function layNpm(root: string): Promise<void> {
  const npm = dirname(dirname(await realpath((await output('sh', ['-c', 'command -v npm'])).trim())));
  await cp(npm, join(root, 'usr', 'local', 'lib', 'node_modules', 'npm'), { recursive: true });
  await symlink('../lib/node_modules/npm/bin/npm-cli.js', join(root, 'usr', 'local', 'bin', 'npm'));
  const registry = (await output('npm', ['config', 'get', 'registry'])).trim();
  await layFile(root, '/usr/local/etc/npmrc', `registry=${registry}\ncafile=/etc/ssl/certs/ca-certificates.crt\n`);
}

/** A file of this machine at the same path of the image; links are followed. */
async function copyInto(root: string, path: string): Promise<void> {
  await mkdir(join(root, dirname(path)), { recursive: true });
  await cp(await realpath(path), join(root, path));
}

async function layFile(root: string, path: string, text: string): Promise<void> {
  await mkdir(join(root, dirname(path)), { recursive: true });
  await writeFile(join(root, path), text);
}
