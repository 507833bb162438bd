import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '../../local/free-port.ts';
import { StartError } from '../../local/start-error.ts';
import { kwokBinaries, nodeBinaries } from '../../test/e2e/cluster/binaries.ts';
import { onPath, output } from '../../test/e2e/cluster/command.ts';
import { processes } from '../../test/e2e/cluster/processes.ts';
import { until } from '../../test/e2e/cluster/wait.ts';
import { ApiServer } from './api-server.ts';

export interface ControlPlane {
  readonly api: ApiServer;
  readonly kubeconfig: string;
  /** As kubectl apply: YAML text. */
  readonly apply: (text: string) => Promise<string>;
  /** Ids of its processes by name. */
  readonly pids: () => Promise<Record<string, number>>;
}

/** API server, controller-manager, scheduler and kwok as plain processes of 127.0.0.1: pods become Ready and do not run. They end with the stack. */
export async function startControlPlane(progress: (text: string) => void, stack: AsyncDisposableStack): Promise<ControlPlane> {
  if (!(await onPath('etcd'))) throw new StartError('cannot start a control plane', 'etcd is not on the PATH', 'install it (Debian: etcd-server), or run "npm run cluster -- up" once, which does');
  const [bin, kwok] = [await nodeBinaries(progress), await kwokBinaries(progress)];
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-bench-'));
  const run = processes(folder, `${bin}:${kwok}:${process.env['PATH'] ?? ''}`);
  const names = ['kwok', 'scheduler', 'controller-manager', 'apiserver', 'etcd'];
  const stop = async (): Promise<void> => {
    await run.stop(...names);
    await rm(folder, { recursive: true, force: true });
  };
  stack.defer(stop);
  const [etcdPort = 0, peerPort = 0, port = 0, managerPort = 0, schedulerPort = 0] = await freePorts(5);
  const [etcd, url, token] = [`http://127.0.0.1:${etcdPort}`, `https://127.0.0.1:${port}`, randomBytes(16).toString('hex')];
  await mkdir(join(folder, 'pki'), { mode: 0o700 });
  await output('openssl', ['genrsa', '-out', join(folder, 'pki', 'sa.key'), '2048']);
  await output('openssl', ['rsa', '-in', join(folder, 'pki', 'sa.key'), '-pubout', '-out', join(folder, 'pki', 'sa.pub')]);
  await writeFile(join(folder, 'pki', 'tokens.csv'), `${token},admin,1,system:masters\n`, { mode: 0o600 });
  const kubeconfig = join(folder, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigText(url, token), { mode: 0o600 });
  await run.start('etcd', 'etcd', [`--data-dir=${folder}/etcd`, `--listen-client-urls=${etcd}`, `--advertise-client-urls=${etcd}`, `--listen-peer-urls=http://127.0.0.1:${peerPort}`, '--unsafe-no-fsync']);
  await run.start('apiserver', 'kube-apiserver', [
    `--etcd-servers=${etcd}`, '--bind-address=127.0.0.1', '--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none', `--secure-port=${port}`, '--cert-dir=pki',
    '--service-account-issuer=https://kubernetes.default.svc', '--service-account-key-file=pki/sa.pub', '--service-account-signing-key-file=pki/sa.key',
    '--token-auth-file=pki/tokens.csv', '--authorization-mode=RBAC', '--service-cluster-ip-range=10.96.0.0/16',
    '--disable-admission-plugins=TaintNodesByCondition', '--max-requests-inflight=2000', '--max-mutating-requests-inflight=1000',
  ]);
  const kubectl = (args: readonly string[], input = ''): Promise<string> => output(join(bin, 'kubectl'), ['--kubeconfig', kubeconfig, ...args], { input });
  await until('API server ready', () => kubectl(['get', '--raw', '/readyz']), { timeoutMs: 120_000 });
  const clientLimits = ['--kube-api-qps=1000', '--kube-api-burst=2000'];
  await run.start('controller-manager', 'kube-controller-manager', [
    '--kubeconfig=kubeconfig', '--use-service-account-credentials=false', '--service-account-private-key-file=pki/sa.key', '--root-ca-file=pki/apiserver.crt', '--leader-elect=false',
    `--secure-port=${managerPort}`, '--bind-address=127.0.0.1', '--controllers=*,-node-lifecycle-controller', ...clientLimits,
  ]);
  await run.start('scheduler', 'kube-scheduler', ['--kubeconfig=kubeconfig', '--leader-elect=false', `--secure-port=${schedulerPort}`, '--bind-address=127.0.0.1', ...clientLimits]);
  await run.start('kwok', 'kwok', ['--kubeconfig=kubeconfig', `--config=${join(import.meta.dirname, 'kwok.yaml')}`, '--manage-all-nodes=true', '--node-lease-duration-seconds=0']);
  await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [0, 1, 2, 3].map(node) }));
  await kubectl(['wait', '--for=condition=Ready', 'nodes', '--all', '--timeout=60s']);
  const apply = (text: string): Promise<string> => kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], text);
  const pids = async (): Promise<Record<string, number>> => Object.fromEntries(await Promise.all(names.map(async (name) => [name, Number.parseInt(await readFile(join(folder, `${name}.pid`), 'utf8'), 10)] as const)));
  return { pids, api: await ApiServer.trusting(url, token, join(folder, 'pki', 'apiserver.crt')), kubeconfig, apply };
}

function node(index: number): object {
  const size = { cpu: '1k', memory: '10Ti', pods: '10k' };
  return { apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${index}`, annotations: { 'kwok.x-k8s.io/node': 'fake' } }, status: { allocatable: size, capacity: size } };
}

function kubeconfigText(server: string, token: string): string {
  return JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'bench',
    clusters: [{ name: 'bench', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'bench', context: { cluster: 'bench', user: 'admin' } }],
  });
}
