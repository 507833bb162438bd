import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePorts } from '../../local/free-port.ts';
import { startKafka } from '../../local/kafka/embedded-kafka.ts';
import { projectFolder } from './cluster/folders.ts';

export interface ClusterKafka {
  /** HOST:PORT for this machine. */
  readonly bootstrap: string;
  /** HOST:PORT for pods. */
  readonly podBootstrap: string;
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
  try {
    const kafka = await startKafka({ folder, port, controllerPort, jarCache: join(projectFolder, '.knative-kafka'), properties, onProgress: progress });
    return { bootstrap: kafka.bootstrap, podBootstrap, stop: () => kafka.stop().finally(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}
