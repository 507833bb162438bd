import type { RequestListener, ServerResponse } from 'node:http';

export interface ReadinessState {
  /** Why the process is not ready, in a word or two; undefined when it is. */
  readonly reason: string | undefined;
}

export interface MetricsText {
  readonly contentType: string;
  /** In the text format of Prometheus. */
  metrics(): Promise<string>;
}

/** Answers of a management port: alive, ready, metrics where there are any. `liveness`: why the process had better be started anew; without it, it is alive while it answers. */
export function managementListener(readiness: ReadinessState, registry: MetricsText | undefined, liveness?: ReadinessState): RequestListener {
  return (request, response) => {
    const path = request.url?.replace(/\?.*$/, '');
    if (path === '/healthz') answer(response, liveness?.reason);
    else if (path === '/readyz') answer(response, readiness.reason);
    else if (path === '/metrics' && registry) {
      registry.metrics().then(
        (text) => response.setHeader('Content-Type', registry.contentType).end(text),
        (error: unknown) => response.writeHead(503).end(`${(error as Error).message}\n`),
      );
    } else response.writeHead(404).end('not found\n');
  };
}

function answer(response: ServerResponse, reason: string | undefined): void {
  response.writeHead(reason === undefined ? 200 : 503).end(`${reason ?? 'ok'}\n`);
}
