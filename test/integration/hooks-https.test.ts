import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onRenewal, readCertificate } from '../../hooks/certificate.ts';
import { createLogger } from '../../runtime/log.ts';
import { serve } from '../../runtime/serve.ts';
import { selfSigned } from '../support/self-signed.ts';

const host = 'kafka-channel-hooks.knative-eventing';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'knative-kafka-https-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function lay({ cert, key }: { cert: string; key: string }): Promise<void> {
  await writeFile(join(folder, 'tls.crt'), cert);
  await writeFile(join(folder, 'tls.key'), key);
}

function ask(port: number, options: RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', servername: host, agent: false, ...options }, (response) => {
      let said = '';
      response.on('data', (part: Buffer) => (said += part.toString())).once('end', () => resolve(said));
    })
      .once('error', reject)
      .end();
  });
}

describe('hooks with a mounted certificate', () => {
  test('serve HTTPS to whoever trusts its authority, and take a renewed one without a restart', async () => {
    const [first, second] = [selfSigned(host), selfSigned(host)];
    await lay(first);
    const stop = new AbortController();
    const certificate = await readCertificate(folder);
    const { server, port, closed } = await serve((_request, response) => void response.end('ok'), { port: 0, signal: stop.signal, certificate });
    expect(await ask(port, { ca: first.cert })).toBe('ok');
    await expect(ask(port, { ca: second.cert })).rejects.toThrow('certificate');

    const renewed = new Promise<void>((resolve) => {
      onRenewal(
        folder,
        certificate,
        (found) => {
          if ('setSecureContext' in server) server.setSecureContext(found);
          resolve();
        },
        { logger: createLogger('hooks', 'silent'), signal: stop.signal, everyMs: 20 },
      );
    });
    await lay(second);
    await renewed;
    expect(await ask(port, { ca: second.cert })).toBe('ok');
    stop.abort();
    await closed;
  }, 20_000);

  test('do not start without it', async () => {
    await expect(readCertificate(join(folder, 'nothing'))).rejects.toThrow('mount the Secret with tls.crt and tls.key, or unset TLS_DIR');
  });
});
