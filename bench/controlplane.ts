import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '../local/free-port.ts';
import { startKafka } from '../local/kafka/embedded-kafka.ts';
import { until } from '../test/e2e/cluster/wait.ts';
import { channelsReady } from './controlplane/channels-ready.ts';
import { startControlPlane } from './controlplane/cluster.ts';
import type { ControlPlane } from './controlplane/cluster.ts';
import { controllersAt, metacontrollerArguments } from './controlplane/controllers.ts';
import { cpuSeconds } from './controlplane/cpu.ts';
import { hooksAlone } from './controlplane/hooks-alone.ts';
import { startHooks } from './controlplane/hooks-process.ts';
import type { Hooks } from './controlplane/hooks-process.ts';
import { benchChannels, kafkaSecret, systemNamespace } from './controlplane/objects.ts';
import { secondsForOneChange } from './controlplane/one-change.ts';
import { BenchProcess } from './controlplane/process.ts';
import { quantiles, rounded, syncsSince, syncTable } from './controlplane/syncs.ts';
import { atRest, told, writesWithin } from './controlplane/writes-at-rest.ts';

const project = join(import.meta.dirname, '..');
/** More than the minute after which topics and groups are looked at again. */
const restMs = 65_000;
/** Generous, for a machine that others use as well. */
const readyMsEach = 1_000;

export interface ControlPlaneBench {
  readonly channels: number;
  readonly namespaces: number;
  /** Path of Metacontroller; without it, the hooks alone are measured. */
  readonly metacontroller: string | undefined;
}

/** Prints what is done on stderr, and the figures as the last line of stdout. */
export async function benchControlPlane(options: ControlPlaneBench): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const interrupted = (): void => void stack.disposeAsync().finally(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupted);
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const figures = options.metacontroller === undefined ? await alone(options, folder, stack) : await whole(options, options.metacontroller, folder, stack);
  console.log(JSON.stringify({ bench: 'controlplane', channels: options.channels, namespaces: options.namespaces, ...figures }));
}

async function alone({ channels, namespaces }: ControlPlaneBench, folder: string, stack: AsyncDisposableStack): Promise<object> {
  say('METACONTROLLER_BIN is not set: real: the hooks as their image runs; not there: API server, Metacontroller, Kafka');
  const hooks = await startHooks(folder, stack);
  await hooksAlone(hooks.post, channels, namespaces);
  for (const line of syncTable(await hooks.metrics())) say(line);
  return { secondsToAllReady: null, secondsForOneChange: null, ...quantiles(await hooks.metrics()), hookRssMiB: rounded(hooks.process.rssMiB()), metacontrollerRssMiB: null, writesAtRest: null };
}

async function whole({ channels, namespaces }: ControlPlaneBench, metacontroller: string, folder: string, stack: AsyncDisposableStack): Promise<object> {
  say('real: API server, controller-manager, scheduler, Metacontroller, the hooks as their image runs, Kafka; by kwok: nodes and pods');
  const [port = 0, controllerPort = 0] = await freePorts(2);
  const properties = { 'offsets.topic.num.partitions': '8' };
  const kafka = await startKafka({ folder: join(folder, 'kafka'), port, controllerPort, jarCache: join(project, '.knative-kafka'), properties, onProgress: say });
  stack.defer(() => kafka.stop());
  const cluster = await startControlPlane(say, stack);
  const hooks = await startHooks(folder, stack);
  await install(cluster, hooks, kafka.bootstrap, namespaces);
  const controller = await startMetacontroller(metacontroller, cluster, folder, stack);
  const { api } = cluster;
  const receiver = `/apis/apps/v1/namespaces/${systemNamespace}/deployments/kafka-receiver-kafka`;
  await until('the receiver', async () => ((JSON.parse(await api.text('GET', receiver)) as { status: { readyReplicas?: number } }).status.readyReplicas ? true : undefined), { timeoutMs: 90_000 });

  const objects = benchChannels(channels, namespaces);
  say(`making ${channels} channels in ${namespaces} namespaces`);
  const started = performance.now();
  const ready = channelsReady(api, channels, Math.max(600_000, channels * readyMsEach), say);
  await Promise.all([ready, ...objects.map((object) => api.text('POST', `/apis/messaging.knative.dev/v1/namespaces/${object.metadata.namespace}/kafkachannels`, object))]);
  const secondsToAllReady = (performance.now() - started) / 1000;
  say(`all Ready after ${secondsToAllReady.toFixed(1)} s, ${availableParallelism()} cores, load ${(loadavg()[0] ?? 0).toFixed(1)}`);
  say(`written so far: ${told(await api.writes())}; syncs: ${syncsSince('', await hooks.metrics())}`);
  const pids = { ...(await cluster.pids()), Kafka: kafka.pid, hooks: hooks.process.pid, Metacontroller: controller.pid };
  say(`CPU seconds since they started: ${Object.entries(pids).map(([name, pid]) => `${name} ${cpuSeconds(pid).toFixed(0)}`).join(', ')}`);
  await atRest(api, 300_000);
  say(`at rest ${((performance.now() - started) / 1000).toFixed(0)} s after the start; one change`);
  const change = await secondsForOneChange(api, objects[Math.floor(channels / 2)]?.metadata ?? { namespace: '', name: '' });
  await atRest(api, 60_000);
  const syncs = await hooks.metrics();
  const writes = await writesWithin(api, restMs);
  say(`written within ${restMs / 1000} s at rest: ${writes.told}; syncs: ${syncsSince(syncs, await hooks.metrics())}`);
  for (const line of syncTable(await hooks.metrics())) say(line);
  return {
    secondsToAllReady: rounded(secondsToAllReady),
    secondsForOneChange: rounded(change),
    ...quantiles(await hooks.metrics()),
    hookRssMiB: rounded(hooks.process.rssMiB()),
    metacontrollerRssMiB: rounded(controller.rssMiB()),
    writesAtRest: writes.count,
  };
}

async function install({ api, apply }: ControlPlane, { url, token }: Hooks, bootstrap: string, namespaces: number): Promise<void> {
  const text = async (...path: string[]): Promise<string> => readFile(join(project, ...path), 'utf8');
  for (const name of ['kafkachannel', 'kafkatopic', 'kafkaconsumergroup']) await apply(await text('crds', `${name}.yaml`));
  await apply(await text('test', 'e2e', 'metacontroller', 'stand-in', 'crds.yaml'));
  const names = [systemNamespace, ...Array.from({ length: namespaces }, (_, index) => `bench-${index}`)];
  await api.create('/api/v1/namespaces', names.map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
  await apply(await text('metacontroller', 'data-plane.yaml'));
  const tokenSecret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'kafka-channel-hooks-token', namespace: systemNamespace }, stringData: { token } };
  await api.create(`/api/v1/namespaces/${systemNamespace}/secrets`, [tokenSecret, kafkaSecret(bootstrap)]);
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: await controllersAt(url) });
  await until('the controllers', async () => apply(list).then(() => true));
}

async function startMetacontroller(binary: string, { kubeconfig }: ControlPlane, folder: string, stack: AsyncDisposableStack): Promise<BenchProcess> {
  const [metricsPort = 0, healthPort = 0] = await freePorts(2);
  const addresses = [`--kubeconfig=${kubeconfig}`, `--metrics-address=127.0.0.1:${metricsPort}`, `--health-probe-bind-address=127.0.0.1:${healthPort}`];
  const process = new BenchProcess(binary, [...(await metacontrollerArguments()), ...addresses], join(folder, 'metacontroller.log'));
  stack.defer(() => process.stop());
  return process;
}

function say(text: string): void {
  console.error(text);
}
