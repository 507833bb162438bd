import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '../../local/free-port.ts';
import type { EmbeddedKafka } from '../../local/kafka/embedded-kafka.ts';
import { startKafka } from '../../local/kafka/embedded-kafka.ts';

export interface KafkaCluster extends AsyncDisposable {
  readonly bootstrap: string;
  /** SIGKILL of a broker, counted from 1. */
  kill(node: number): Promise<void>;
  /** SIGTERM: it hands its leaderships on. */
  shutDown(node: number): Promise<void>;
  /** Starts it again on its data, and waits until it takes connections. */
  restart(node: number): Promise<void>;
}

const jarCache = join(import.meta.dirname, '..', '..', '.knative-kafka');

/** Three brokers, each a controller too; topics of three replicas of which two must be in sync, unless they say otherwise. */
export async function kafkaCluster(): Promise<KafkaCluster> {
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
  });
  const start = (node: number): Promise<EmbeddedKafka> => startKafka({ folder: join(folder, String(node)), jarCache, port: port(node), controllerPort: controllerPort(node), properties: properties(node) });
  const started = new Map<number, EmbeddedKafka>();
  await Promise.all(nodes.map(async (node) => started.set(node, await start(node))));
  return {
    bootstrap: nodes.map((node) => `127.0.0.1:${port(node)}`).join(),
    kill: async (node) => await started.get(node)?.kill(),
    shutDown: async (node) => await started.get(node)?.stop(),
    restart: async (node) => void started.set(node, await start(node)),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...started.values()].map((kafka) => kafka.kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
