import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { nodeBinaries } from './binaries.ts';
import type { Cluster } from './cluster.ts';
import { output } from './command.ts';
import { ctr, deleteTasks, endShims } from './containers.ts';
import { kubeconfigFile, stateFolder } from './folders.ts';
import { archive, buildPauseImage, tidyStore } from './images.ts';
import { unmountAll } from './mounts.ts';
import { bridgeUp, networkDown, refuseForeignNetwork } from './network.ts';
import type { NodePaths } from './node-files.ts';
import { cniConfiguration, containerdConfiguration, corefile, dnsService, kubeconfig, kubeletConfiguration, podRange, serviceRange } from './node-files.ts';
import { ensurePackages } from './packages.ts';
import type { Processes } from './processes.ts';
import { processes } from './processes.ts';
import { until } from './wait.ts';

const address = '10.244.0.1';
const apiServerPort = 16_443;
const etcd = 'http://127.0.0.1:12379';
/** Where Debian keeps what root runs; a shell of a plain user may lack it. */
const systemPath = '/usr/sbin:/usr/bin:/sbin:/bin';

/** Starts a Kubernetes of one node from plain processes. What an earlier one left is taken down first; so is this one where it does not start. */
export async function oneNodeUp(progress: (text: string) => void): Promise<Cluster> {
  await ensurePackages(progress);
  const bin = await nodeBinaries(progress);
  await oneNodeDown();
  await refuseForeignNetwork();
  progress('starting Kubernetes');
  try {
    return await started(bin);
  } catch (error) {
    const said = await lastWords();
    await oneNodeDown();
    throw new Error(`Kubernetes did not start: ${(error as Error).message}\n${said}`, { cause: error });
  }
}

async function started(bin: string): Promise<Cluster> {
  await mkdir(join(stateFolder, 'pki'), { recursive: true, mode: 0o700 });
  const paths: NodePaths = { state: stateFolder, address, apiServerPort, token: randomBytes(16).toString('hex') };
  const cluster = oneNode(bin);
  const run = processes(stateFolder, `${bin}:${systemPath}`);
  await writeFiles(paths);
  await bridgeUp(address);
  await startControlPlane(cluster, run);
  await startNode(cluster, run, bin);
  await cluster.kubectl(['apply', '-f', '-'], { input: dnsService(paths) });
  await until('node Ready', async () => ((await cluster.kubectl(['get', 'nodes', '-o', 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}'])) === 'True' ? true : undefined));
  return cluster;
}

/** The end of each log, before it is removed. */
async function lastWords(): Promise<string> {
  const logs = await readdir(join(stateFolder, 'log')).catch(() => []);
  const ends = logs.map(async (name) => `== ${name}\n${(await readFile(join(stateFolder, 'log', name), 'utf8')).split('\n').slice(-6).join('\n')}`);
  return (await Promise.all(ends)).join('\n');
}

/** The cluster that is up, or undefined. */
export async function oneNodeIfUp(): Promise<Cluster | undefined> {
  return existsSync(kubeconfigFile) ? oneNode(await nodeBinaries(() => undefined)) : undefined;
}

function oneNode(bin: string): Cluster {
  return {
    kubeconfig: kubeconfigFile,
    shell: { KUBECONFIG: kubeconfigFile, PATH: `${bin}:${process.env['PATH'] ?? systemPath}` },
    hostAddress: address,
    kubectl: (args, options) => output(join(bin, 'kubectl'), ['--kubeconfig', kubeconfigFile, ...args], options),
    async load(image) {
      const file = await archive(image, stateFolder);
      await ctr(bin, stateFolder, ['images', 'import', file]);
      await rm(file);
    },
    down: oneNodeDown,
  };
}

async function writeFiles(paths: NodePaths): Promise<void> {
  const file = (name: string, text: string): Promise<void> => writeFile(join(stateFolder, name), text, { mode: 0o600 });
  await mkdir(join(stateFolder, 'cni'));
  await output('openssl', ['genrsa', '-out', join(stateFolder, 'pki', 'sa.key'), '2048']);
  await output('openssl', ['rsa', '-in', join(stateFolder, 'pki', 'sa.key'), '-pubout', '-out', join(stateFolder, 'pki', 'sa.pub')]);
  await file('pki/tokens.csv', `${paths.token},admin,1,system:masters\n`);
  await file('kubeconfig', kubeconfig(paths));
  await file('cni/10-bridge.conflist', cniConfiguration());
  await file('containerd.toml', containerdConfiguration(paths));
  await file('kubelet.yaml', kubeletConfiguration(paths));
  await file('Corefile', corefile(paths));
  await file('resolv.conf', 'nameserver 127.0.0.1\n');
}

async function startControlPlane(cluster: Cluster, run: Processes): Promise<void> {
  await run.start('etcd', 'etcd', [`--data-dir=${stateFolder}/etcd`, `--listen-client-urls=${etcd}`, `--advertise-client-urls=${etcd}`, '--listen-peer-urls=http://127.0.0.1:12380', '--unsafe-no-fsync']);
  await run.start('apiserver', 'kube-apiserver', [
    `--etcd-servers=${etcd}`, `--secure-port=${apiServerPort}`, `--advertise-address=${address}`, '--cert-dir=pki', '--service-account-issuer=https://kubernetes.default.svc',
    '--service-account-key-file=pki/sa.pub', '--service-account-signing-key-file=pki/sa.key', '--token-auth-file=pki/tokens.csv', '--authorization-mode=RBAC',
    `--service-cluster-ip-range=${serviceRange}`, '--allow-privileged=true', '--kubelet-preferred-address-types=InternalIP',
  ]);
  await until('API server ready', () => cluster.kubectl(['get', '--raw', '/readyz']), { timeoutMs: 120_000 });
  await run.start('controller-manager', 'kube-controller-manager', [
    '--kubeconfig=kubeconfig', '--use-service-account-credentials=false', '--service-account-private-key-file=pki/sa.key', '--root-ca-file=pki/apiserver.crt', '--leader-elect=false',
    '--kube-api-qps=200', '--kube-api-burst=400',
  ]);
  await run.start('scheduler', 'kube-scheduler', ['--kubeconfig=kubeconfig', '--leader-elect=false']);
}

async function startNode(cluster: Cluster, run: Processes, bin: string): Promise<void> {
  await run.start('containerd', 'containerd', ['-c', 'containerd.toml']);
  const pause = await buildPauseImage();
  await until('containerd', () => ctr(bin, stateFolder, ['version']));
  await cluster.load(pause);
  await run.start('kubelet', 'kubelet', ['--config=kubelet.yaml', '--kubeconfig=kubeconfig', `--root-dir=${stateFolder}/kubelet`, `--cert-dir=${stateFolder}/pki/kubelet`, '--hostname-override=node1', `--node-ip=${address}`]);
  await run.start('proxy', 'kube-proxy', [
    '--kubeconfig=kubeconfig', '--hostname-override=node1', `--cluster-cidr=${podRange}`, '--proxy-mode=iptables',
    '--conntrack-max-per-core=0', '--conntrack-tcp-timeout-established=0', '--conntrack-tcp-timeout-close-wait=0',
  ]);
  await run.start('coredns', 'coredns', ['-conf', 'Corefile']);
}

/** Stops what was started, in reverse order: nothing is left running, mounted, on disk or in the network. */
export async function oneNodeDown(): Promise<void> {
  if (!existsSync(stateFolder)) return;
  const bin = await nodeBinaries(() => undefined);
  const run = processes(stateFolder, systemPath);
  await run.stop('kubelet', 'controller-manager', 'scheduler', 'proxy', 'coredns');
  await deleteTasks(bin, stateFolder);
  await run.stop('apiserver', 'etcd', 'containerd');
  await endShims(stateFolder);
  await unmountAll(stateFolder);
  await networkDown();
  await tidyStore();
  await rm(stateFolder, { recursive: true, force: true });
}
