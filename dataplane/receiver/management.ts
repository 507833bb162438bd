import type { RequestListener } from 'node:http';

import type { Readiness } from './readiness.ts';

export interface Metrics {
  readonly contentType: string;
  /** In the text format of Prometheus. */
  metrics(): Promise<string>;
}

/** Answers of the management port: alive, ready, metrics. */
export function managementListener(readiness: Pick<Readiness, 'reason'>, registry: Metrics): RequestListener {
  return (request, response) => {
    const path = request.url?.replace(/\?.*$/, '');
    if (path === '/healthz') response.end('ok\n');
    else if (path === '/readyz') response.writeHead(readiness.reason === undefined ? 200 : 503).end(`${readiness.reason ?? 'ok'}\n`);
    else if (path === '/metrics') {
      registry.metrics().then(
        (text) => response.setHeader('Content-Type', registry.contentType).end(text),
        (error: unknown) => response.writeHead(503).end(`${(error as Error).message}\n`),
      );
    }
    else response.writeHead(404).end('not found\n');
  };
}
