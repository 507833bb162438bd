import { readFile } from 'node:fs/promises';

import { readEnv } from '../runtime/env.ts';
import { stopSignal } from '../runtime/lifecycle.ts';
import { createLogger } from '../runtime/log.ts';
import { serve } from '../runtime/serve.ts';
import { createApp } from './app.ts';
import { onRenewal, readCertificate } from './certificate.ts';
import { hooksConfig, hooksEnvironmentSchema } from './config.ts';
import { oneLine } from './hook-error.ts';
import type { AdminCall } from './kafka/admin-call.ts';
import { KafkaClients } from './kafka/kafka-clients.ts';
import { hookMetrics } from './metrics.ts';

async function main(): Promise<void> {
  const environment = readEnv(process.env, hooksEnvironmentSchema);
  const token = await readToken(environment.TOKEN_FILE);
  const logger = createLogger('hooks', environment.LOG_LEVEL);
  const signal = stopSignal(process);
  const metrics = hookMetrics();
  const called = ({ operation, outcome, seconds }: AdminCall): void => metrics.adminDuration.observe({ operation, outcome }, seconds);
  const kafka = new KafkaClients({ timeoutMs: environment.KAFKA_TIMEOUT_MS, logger, called });
  const app = createApp({ config: hooksConfig(environment), token, kafka, logger, metrics, now: () => new Date() });
  const folder = environment.TLS_DIR;
  const certificate = folder === '' ? undefined : await readCertificate(folder);
  const { server, port, closed } = await serve(app, { port: environment.PORT, signal, ...(certificate && { certificate }) });
  if (certificate && 'setSecureContext' in server) onRenewal(folder, certificate, (renewed) => server.setSecureContext(renewed), { logger, signal });
  logger.info({ port, https: certificate !== undefined }, 'the hooks are ready');
  await closed;
  await kafka.close();
  logger.info('the hooks have stopped');
}

async function readToken(file: string): Promise<string> {
  const token = await readFile(file, 'utf8').then(
    (text) => text.trim(),
    (error: unknown) => {
      throw new Error(`token of the hooks: "${file}" cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'}): make the Secret with the token and mount it, or set TOKEN_FILE`, { cause: error });
    },
  );
  if (token === '') throw new Error(`token of the hooks: "${file}" is empty: put a random text into key "token" of the Secret`);
  return token;
}

main().catch((error: unknown) => {
  process.stderr.write(`${oneLine((error as Error).message)}\n`);
  process.exitCode = 1;
});
