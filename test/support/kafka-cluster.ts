import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '../../local/free-port.ts';
import type { EmbeddedKafka } from '../../local/kafka/embedded-kafka.ts';
import { startKafka } from '../../local/kafka/embedded-kafka.ts';
import { kafkaVersion } from './kafka-version.ts';

export interface KafkaCluster extends AsyncDisposable {
  readonly bootstrap: string;
  /** Address of each broker, by its number. */
  readonly addresses: ReadonlyMap<number, string>;
  /** SIGKILL of a broker, counted from 1. */
  kill(node: number): Promise<void>;
  /** SIGTERM: it hands its leaderships on. */
  shutDown(node: number): Promise<void>;
  /** Starts it again on its data, and waits until it takes connections. */
  restart(node: number): Promise<void>;
  /** Stops it in its tracks: it keeps its connections and answers nothing, until `resume`. */
  pause(node: number): Promise<void>;
  resume(node: number): Promise<void>;
  /** Where it keeps its logs. */
  dataFolder(node: number): string;
}

export interface KafkaClusterOptions {
  readonly version?: string;
  /** Further properties of a broker, given its two ports on 127.0.0.1. */
  readonly properties?: (node: number, port: number, controllerPort: number) => Record<string, string>;
}

const jarCache = join(import.meta.dirname, '..', '..', '.knative-kafka');

/** Three brokers, each a controller too; topics of three replicas of which two must be in sync, unless they say otherwise. */
export async function kafkaCluster({ version = kafkaVersion, properties: more }: KafkaClusterOptions = {}): Promise<KafkaCluster> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-cluster-'));
  const nodes = [1, 2, 3];
  const ports = await freePorts(2 * nodes.length);
  const port = (node: number): number => ports[node - 1] ?? 0;
  const controllerPort = (node: number): number => ports[nodes.length + node - 1] ?? 0;
  const properties = (node: number): Record<string, string> => ({
    'node.id': String(node),
    'controller.quorum.voters': nodes.map((one) => `${one}@127.0.0.1:${controllerPort(one)}`).join(),
    'default.replication.factor': '3',
    'min.insync.replicas': '2',
    'offsets.topic.replication.factor': '3',
    'replica.lag.time.max.ms': '5000',
    'broker.session.timeout.ms': '6000',
    'unclean.leader.election.enable': 'false',
    ...more?.(node, port(node), controllerPort(node)),
  });
  const start = (node: number): Promise<EmbeddedKafka> => startKafka({ folder: join(folder, String(node)), jarCache, port: port(node), controllerPort: controllerPort(node), properties: properties(node), ...(version !== undefined && { version }) });
  const started = new Map<number, EmbeddedKafka>();
  await Promise.all(nodes.map(async (node) => started.set(node, await start(node))));
  /** To the broker itself, which is the one child of the process that holds it. */
  const signal = async (node: number, name: NodeJS.Signals): Promise<void> => {
    const holder = started.get(node)?.pid ?? 0;
    process.kill(Number((await readFile(`/proc/${holder}/task/${holder}/children`, 'utf8')).trim()), name);
  };
  return {
    bootstrap: nodes.map((node) => `127.0.0.1:${port(node)}`).join(),
    addresses: new Map(nodes.map((node) => [node, `127.0.0.1:${port(node)}`])),
    kill: async (node) => await started.get(node)?.kill(),
    shutDown: async (node) => await started.get(node)?.stop(),
    restart: async (node) => void started.set(node, await start(node)),
    pause: (node) => signal(node, 'SIGSTOP'),
    resume: (node) => signal(node, 'SIGCONT'),
    dataFolder: (node) => join(folder, String(node), 'data'),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...started.values()].map((kafka) => kafka.kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
