import type { RequestListener } from 'node:http';
import type { Registry } from 'prom-client';

import type { Readiness } from './readiness.ts';

/** Answers of the management port: alive, ready, metrics. */
export function managementListener(readiness: Pick<Readiness, 'reason'>, registry: Registry): RequestListener {
  return (request, response) => {
    const path = request.url?.replace(/\?.*$/, '');
    if (path === '/healthz') response.end('ok\n');
    else if (path === '/readyz') response.writeHead(readiness.reason === undefined ? 200 : 503).end(`${readiness.reason ?? 'ok'}\n`);
    else if (path === '/metrics') void registry.metrics().then((text) => response.setHeader('Content-Type', registry.contentType).end(text));
    else response.writeHead(404).end('not found\n');
  };
}
