import type { RequestListener } from 'node:http';
import type { Registry } from 'prom-client';

export interface ManagementOptions {
  readonly registry: Registry;
  isReady(): boolean;
}

/** Answers of the management port: alive, ready, metrics. */
export function managementListener(options: ManagementOptions): RequestListener {
  const { registry } = options;
  return (request, response) => {
    const isReady = options.isReady();
    const path = request.url?.replace(/\?.*$/, '');
    if (path === '/healthz') response.end('ok\n');
    else if (path === '/readyz') response.writeHead(isReady ? 200 : 503).end(isReady ? 'ok\n' : 'not ready\n');
    else if (path === '/metrics') void registry.metrics().then((text) => response.setHeader('Content-Type', registry.contentType).end(text));
    else response.writeHead(404).end('not found\n');
  };
}
