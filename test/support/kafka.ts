import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { freePorts } from '../../local/free-port.ts';
import type { EmbeddedKafka, EmbeddedKafkaOptions } from '../../local/kafka/embedded-kafka.ts';
import { startKafka } from '../../local/kafka/embedded-kafka.ts';
import { kafkaVersion } from './kafka-version.ts';

export type TestKafkaOptions = Pick<EmbeddedKafkaOptions, 'version' | 'properties' | 'formatArguments' | 'javaOptions'>;

export interface TestKafka extends AsyncDisposable {
  /** HOST:PORT of the plaintext listener. */
  readonly bootstrap: string;
  readonly port: number;
  readonly logFile: string;
  /** Settles with the exit code when the broker has ended, wanted or not. */
  readonly ended: Promise<number | null>;
  /** Ends the broker and removes its data. */
  stop(): Promise<void>;
  /** SIGKILL; the data stays for `restart`. */
  kill(): Promise<void>;
  /** Stops the broker in its tracks: it keeps its connections and answers nothing, until `resume`. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** Starts the broker again on the same data and ports, after `kill`. */
  restart(): Promise<void>;
}

const jarCache = join(import.meta.dirname, '..', '..', '.knative-kafka');

/** A started broker of its own in a temporary folder. Limit of `beforeAll`: 90 s, or more where the jars are yet to be fetched. */
export async function testKafka(options: TestKafkaOptions = {}): Promise<TestKafka> {
  const [port = 0, controllerPort = 0] = await freePorts(2);
  return await testKafkaOn({ port, controllerPort }, options);
}

/** The same on ports that properties of it name. */
export async function testKafkaOn({ port, controllerPort }: { port: number; controllerPort: number }, options: TestKafkaOptions): Promise<TestKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-test-'));
  return await started({ ...options, folder, port, controllerPort, jarCache });
}

async function started(given: EmbeddedKafkaOptions): Promise<TestKafka> {
  const options: EmbeddedKafkaOptions = { ...(kafkaVersion !== undefined && { version: kafkaVersion }), ...given };
  const remove = (): Promise<void> => rm(options.folder, { recursive: true, force: true });
  let kafka: EmbeddedKafka = await startKafka(options).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const stop = async (): Promise<void> => {
    await kafka.stop();
    await remove();
  };
  return {
    bootstrap: kafka.bootstrap,
    port: options.port,
    logFile: kafka.logFile,
    get ended() {
      return kafka.ended;
    },
    stop,
    kill: () => kafka.kill(),
    pause: () => signal(kafka.pid, 'SIGSTOP'),
    resume: () => signal(kafka.pid, 'SIGCONT'),
    restart: async () => {
      kafka = await startKafka(options);
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** To the broker itself, which is the one child of the process that holds it. */
async function signal(holder: number, name: NodeJS.Signals): Promise<void> {
  const children = await readFile(`/proc/${holder}/task/${holder}/children`, 'utf8');
  process.kill(Number(children.trim()), name);
}

export interface SecuredTestKafka extends TestKafka {
  /** HOST:PORT of the listener that demands SASL_SSL with SCRAM-SHA-512. */
  readonly securedBootstrap: string;
  readonly user: string;
  readonly password: string;
  /** PEM of the certificate that the broker's is checked with. */
  readonly ca: string;
}

/** A broker with a listener that demands SASL_SSL with SCRAM-SHA-512, beside the plaintext one. */
export async function securedTestKafka(properties: Readonly<Record<string, string>> = {}): Promise<SecuredTestKafka> {
  const folder = await mkdtemp(join(tmpdir(), 'knative-kafka-test-'));
  const [port = 0, controllerPort = 0, securedPort = 0] = await freePorts(3);
  const user = 'knative';
  const password = 'scram-password-of-the-test';
  const { keystore, storePassword, ca } = await certificate(folder);
  const kafka = await started({
    folder,
    port,
    controllerPort,
    jarCache,
    formatArguments: ['--add-scram', `SCRAM-SHA-512=[name=${user},password=${password}]`],
    properties: {
      listeners: `PLAINTEXT://127.0.0.1:${port},SASL_SSL://127.0.0.1:${securedPort},CONTROLLER://127.0.0.1:${controllerPort}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SASL_SSL://127.0.0.1:${securedPort}`,
      'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
      'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': 'org.apache.kafka.common.security.scram.ScramLoginModule required;',
      'ssl.keystore.type': 'PKCS12',
      'ssl.keystore.location': keystore,
      'ssl.keystore.password': storePassword,
      ...properties,
    },
  });
  return Object.assign(kafka, { securedBootstrap: `127.0.0.1:${securedPort}`, user, password, ca });
}

/** A self-signed certificate for 127.0.0.1, by the keytool that every Java has. */
async function certificate(folder: string): Promise<{ keystore: string; storePassword: string; ca: string }> {
  const keystore = join(folder, 'broker.p12');
  const pem = join(folder, 'ca.pem');
  const storePassword = 'store-password-of-the-test';
  const store = ['-keystore', keystore, '-storetype', 'PKCS12', '-storepass', storePassword, '-alias', 'broker'];
  const keytool = promisify(execFile);
  await keytool('keytool', ['-genkeypair', ...store, '-keyalg', 'EC', '-groupname', 'secp256r1', '-dname', 'CN=localhost', '-ext', 'SAN=IP:127.0.0.1,DNS:localhost', '-validity', '2']);
  await keytool('keytool', ['-exportcert', '-rfc', ...store, '-file', pem]);
  return { keystore, storePassword, ca: await readFile(pem, 'utf8') };
}
