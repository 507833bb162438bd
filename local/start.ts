import { resolve } from 'node:path';

import { hooksInProcess } from './hooks-in-process.ts';
import type { ChosenKafka } from './kafka/chosen-kafka.ts';
import { chooseKafka, openKafka } from './kafka/chosen-kafka.ts';
import type { StartOptions } from './command-line.ts';
import { kafkaSecretsOf, systemNamespaceOf } from './cluster-objects.ts';
import { LocalCluster } from './cluster.ts';
import { unlessInterrupted } from './ending.ts';
import { DeliveryLog } from './events/delivery-log.ts';
import { showProcessLine } from './events/show.ts';
import { loadManifests, withDefaults } from './manifests/load.ts';
import type { Loaded } from './manifests/validate.ts';
import { ObjectStore } from './metacontroller/store.ts';
import type { Narration } from './narration.ts';
import { checkPrograms, localVariables } from './pods/local-variables.ts';
import { AssignedPorts } from './ports/assigned.ts';
import { probePort } from './ports/probe.ts';
import type { StateFolder } from './state/folder.ts';
import { emptyStateFolder, openStateFolder } from './state/folder.ts';
import { earlierObjects, ObjectsFileWriter } from './state/objects-file.ts';
import type { OwnRun } from './state/run-file.ts';
import { logTail } from './log-tail.ts';
import { whyAndRemedy } from './readiness.ts';
import { StartError, TimedOutError } from './start-error.ts';
import type { TearDown } from './tear-down.ts';

export interface StartContext {
  readonly options: StartOptions;
  readonly folder: StateFolder;
  readonly run: OwnRun;
  readonly narration: Narration;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly tearDown: TearDown;
}

/** A local mode in which everything is ready. */
export interface Started {
  readonly cluster: LocalCluster;
  readonly store: ObjectStore;
  readonly ports: AssignedPorts;
  readonly kafka: ChosenKafka;
  readonly deliveries: DeliveryLog;
  readonly loaded: Loaded;
  readonly systemNamespace: string;
}

/** Steps 1 to 4: manifests, ports, Kafka, channels and subscribers. Everything that is started is added to `tearDown` at once. Throws StartError or Interrupted. */
export async function start(context: StartContext): Promise<Started> {
  const { options, narration, signal } = context;
  const loaded = await narration.step('Manifests', async () => {
    const found = await loadManifests(options.manifests);
    found.objects.filter(({ kind }) => kind === 'Deployment').forEach(checkPrograms);
    return [found, `${options.manifests}: ${summary(found)}`];
  });
  loaded.ignored.forEach((text) => narration.say(`      ${text}: ignored`));
  if (!loaded.objects.some(({ kind }) => kind === 'KafkaChannel')) throw new StartError(`${options.manifests} has nothing to run`, 'it holds no KafkaChannel', 'add one, as in examples/quickstart');
  await narration.step('Ports', async () => {
    if (options.port !== 0) await probePort(options.port, 'events for channels', '--port');
    return [undefined, options.port === 0 ? 'free ones will be taken' : `${options.port} is free`];
  });
  const kafka = await narration.step('Kafka', (say) => startKafkaStep(context, loaded, say));
  const started = await assemble(context, loaded, kafka);
  await narration.step('Channels', async (say) => {
    started.cluster.apply(objectsWith(loaded, kafka), started.systemNamespace);
    await unlessInterrupted(signal, becomeReady(context, started, say));
    return [undefined, `${loaded.objects.filter(({ kind }) => kind === 'KafkaChannel').length} ready, with their subscribers`];
  });
  return started;
}

function summary({ objects }: Loaded): string {
  const counts = new Map<string, number>();
  for (const { kind } of objects) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${count} ${kind}`).join(', ') || 'nothing';
}

async function startKafkaStep({ options, folder, narration, tearDown, run, signal }: StartContext, { objects }: Loaded, say: (text: string) => void): Promise<readonly [ChosenKafka, string]> {
  if (options.clean) await emptyStateFolder(folder);
  await openStateFolder(folder);
  const choice = chooseKafka(options.kafka, objects);
  if (options.clean && choice.kind !== 'embedded') narration.say('      --clean leaves the topics and offsets of a Kafka of yours as they are');
  say(choice.kind === 'embedded' ? 'starting Apache Kafka' : 'asking whether it answers');
  const kafka = await openKafka(choice, objects, folder.kafka, say, signal);
  const { embedded } = kafka;
  if (!embedded) return [kafka, `${kafka.bootstrap} answers`];
  run.started(embedded.pid);
  tearDown.add({ stop: () => embedded.stop(), kill: () => void embedded.kill() });
  return [kafka, `Apache Kafka at ${kafka.bootstrap}`];
}

/** The objects that count: those of the manifests, with the Kafka Secrets of this run in the place of theirs. */
export function objectsWith({ objects }: Loaded, kafka: ChosenKafka): Loaded['objects'] {
  const theirs = new Set(kafkaSecretsOf(objects));
  return [...objects.filter((object) => !theirs.has(object)), ...kafka.secrets];
}

async function assemble({ options, folder, run, narration, env, tearDown }: StartContext, loaded: Loaded, kafka: ChosenKafka): Promise<Started> {
  const systemNamespace = systemNamespaceOf(loaded.objects);
  const store = new ObjectStore(withDefaults, await earlierObjects(folder.objectsFile, kafka.identity));
  const writer = new ObjectsFileWriter(folder.objectsFile, kafka.identity, store);
  tearDown.add({ stop: () => writer.flush() });
  const hooks = hooksInProcess(systemNamespace);
  tearDown.add({ stop: () => hooks.close() });
  const ports = new AssignedPorts();
  const deliveries = new DeliveryLog();
  const cluster = new LocalCluster({
    store,
    ports,
    receiverPort: options.port,
    podsFolder: resolve(folder.pods),
    logsFolder: folder.logs,
    ...localVariables(env),
    call: hooks.call,
    onLine: showProcessLine(narration, deliveries),
    onSay: (line) => narration.say(line),
    onPid: (pid) => run.started(pid),
  });
  tearDown.add({ stop: (patienceMs) => cluster.stop(patienceMs), kill: () => cluster.deployments.kill() });
  return { cluster, store, ports, kafka, deliveries, loaded, systemNamespace };
}

const readyLimitMs = 120_000;

async function becomeReady({ options, signal }: StartContext, { cluster, store }: Started, say: (text: string) => void): Promise<void> {
  const waiting = await cluster.ready(options.once ? options.timeoutMs : readyLimitMs, signal, say);
  signal.throwIfAborted();
  const [first] = waiting;
  if (!first) return;
  const failing = store.list('apps/v1', 'Deployment').map((deployment) => cluster.deployments.of(deployment)).find((state) => state && state.crashes > 0);
  const others = waiting.length > 1 ? ` (and ${waiting.length - 1} more)` : '';
  const tail = failing && (await logTail(failing.logFile));
  const ErrorOfKind = waiting.some(({ stuck }) => stuck) || failing ? StartError : TimedOutError;
  const [why, remedy] = whyAndRemedy(first);
  throw new ErrorOfKind(`${first.what} does not become ready`, `${why}${others}`, failing ? `read ${failing.logFile}` : remedy, { cause: tail });
}
