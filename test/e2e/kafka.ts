import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '../../local/free-port.ts';
import type { EmbeddedKafka } from '../../local/kafka/embedded-kafka.ts';
import { startKafka } from '../../local/kafka/embedded-kafka.ts';
import { projectFolder } from './cluster/folders.ts';

export interface ClusterKafka {
  /** HOST:PORT for this machine. */
  readonly bootstrap: string;
  /** HOST:PORT for pods. */
  readonly podBootstrap: string;
  /** Stops it, and starts it again with what it has kept. */
  restart(whileDown: () => Promise<unknown>): Promise<void>;
  stop(): Promise<void>;
}

/** A broker beside the cluster, with one listener for this machine and one that pods reach. */
export async function startClusterKafka(hostAddress: string, progress: (text: string) => void): Promise<ClusterKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-e2e-'));
  const [port = 0, controllerPort = 0, podPort = 0] = await freePorts(3);
  const podBootstrap = `${hostAddress}:${podPort}`;
  const properties = {
    listeners: `PLAINTEXT://127.0.0.1:${port},PODS://${podBootstrap},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},PODS://${podBootstrap}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,PODS:PLAINTEXT,CONTROLLER:PLAINTEXT',
  };
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const started = (): Promise<EmbeddedKafka> => startKafka({ folder, port, controllerPort, jarCache: join(projectFolder, '.knative-kafka'), properties, onProgress: progress });
  try {
    let kafka = await started();
    return {
      bootstrap: kafka.bootstrap,
      podBootstrap,
      async restart(whileDown) {
        await kafka.stop();
        await whileDown();
        kafka = await started();
      },
      stop: () => kafka.stop().finally(remove),
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
