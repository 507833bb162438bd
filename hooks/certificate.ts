import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecureContextOptions } from 'node:tls';

import type { Logger } from '../runtime/log.ts';

interface RenewalOptions {
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** How long a renewed certificate may lie there until it is used. */
  readonly everyMs?: number;
}

/** Certificate and key of a mounted TLS Secret. Fails where one cannot be read. */
export async function readCertificate(folder: string): Promise<SecureContextOptions> {
  const [cert, key] = await Promise.all(['tls.crt', 'tls.key'].map((name) => readFile(join(folder, name), 'utf8').catch((error: unknown) => unreadable(folder, name, error))));
  return { cert, key };
}

function unreadable(folder: string, name: string, cause: unknown): never {
  const code = (cause as NodeJS.ErrnoException).code ?? 'error';
  throw new Error(`certificate of the hooks: "${join(folder, name)}" cannot be read (${code}): mount the Secret with tls.crt and tls.key, or unset TLS_DIR`, { cause });
}

/** Hands over each certificate that differs from the last one, until the signal. One that cannot be used is told, and the last one stays. */
export function onRenewal(folder: string, first: SecureContextOptions, use: (renewed: SecureContextOptions) => void, { logger, signal, everyMs = 10_000 }: RenewalOptions): void {
  let last = first;
  const look = async (): Promise<void> => {
    try {
      const now = await readCertificate(folder);
      if (now.cert === last.cert) return;
      use(now);
      last = now;
      logger.info('the certificate was renewed');
    } catch (error) {
      logger.error({ err: error }, 'the certificate cannot be renewed: the last one stays');
    }
  };
  const timer = setInterval(() => void look(), everyMs).unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
