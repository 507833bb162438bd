import type { ErrorRequestHandler, Express, RequestHandler } from 'express';
import express from 'express';

import { hasBearerToken } from './bearer-token.ts';
import type { HookDependencies } from './dependencies.ts';
import { failureLine, MalformedRequestError, UndecidedError } from './hook-error.ts';
import type { HookMetrics } from './metrics.ts';
import { hookRoutes } from './routes.ts';

export interface AppOptions extends HookDependencies {
  /** Demanded of every request to a hook. */
  readonly token: string;
  readonly metrics: HookMetrics;
}

/** A namespace of 1,000 channels makes 5 MB. */
const bodyLimit = 64 * 1024 * 1024;

/** The hooks over HTTP: one route each, and health and metrics, which need no token. Does not listen. */
export function createApp({ token, metrics, ...dependencies }: AppOptions): Express {
  if (token === '') throw new Error('the hooks need a token: an empty one would let anybody in');
  const app = express().disable('x-powered-by').disable('etag');
  app.get(['/healthz', '/readyz'], (_request, response) => void response.type('text/plain').send('ok\n'));
  app.get('/metrics', async (_request, response) => void response.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
  const json = express.json({ limit: bodyLimit, type: () => true, strict: false });
  for (const [path, hook] of hookRoutes({ ...dependencies, retentions: metrics.retentions, objects: metrics.objects })) {
    app.post(path, measured(path, metrics), authorized(token), json, async (request, response) => void response.json(await hook(request.body)));
  }
  app.use((_request, response) => void response.status(404).type('text/plain').send('no such hook: POST to /<controller>/<hook>\n'));
  app.use(failed(dependencies));
  return app;
}

function measured(path: string, { requests, duration }: HookMetrics): RequestHandler {
  const [, controller = '', hook = ''] = path.split('/');
  return (_request, response, next) => {
    const end = duration.startTimer({ controller, hook });
    response.once('close', () => {
      end();
      requests.inc({ controller, hook, code: response.statusCode });
    });
    next();
  };
}

const unauthorized = {
  what: 'unauthorized',
  remedy: 'have the controllers show the token of the Secret that the hooks mount; when it was replaced, start the hooks and Metacontroller again',
};

/** Before the body is read: whoever has no token cannot make us take 64 MB. */
function authorized(token: string): RequestHandler {
  return (request, response, next) => {
    if (hasBearerToken(request.headers.authorization, token)) {
      next();
      return;
    }
    response.status(401).set({ 'WWW-Authenticate': 'Bearer', Connection: 'close' }).type('text/plain').send(`${failureLine(`hook ${request.path}`, unauthorized)}\n`);
  };
}

/** One line: Metacontroller shows it in an event of the parent. */
function failed({ logger }: HookDependencies): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const { status, what, remedy } = failureOf(error);
    const text = failureLine(objectName(request.body) || `hook ${request.path}`, { what, remedy });
    if (status === 500) logger.error({ err: error, path: request.path, object: objectName(request.body) }, 'a hook cannot decide');
    if (status < 500) logger.warn({ path: request.path, status, text }, 'a request was refused');
    if (response.headersSent) next(error);
    else response.status(status).type('text/plain').send(`${text}\n`);
  };
}

function failureOf(error: unknown): { status: number; what: string; remedy: string } {
  if (error instanceof MalformedRequestError) return { status: 400, what: error.what, remedy: error.remedy };
  if (error instanceof UndecidedError) return { status: 500, what: error.what, remedy: error.remedy };
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (status === 413) return { status, what: `the request is larger than ${bodyLimit} bytes`, remedy: 'spread the channels over more namespaces' };
  if (typeof status === 'number' && status >= 400 && status < 500) {
    const { what, remedy } = new MalformedRequestError(`the body cannot be read as JSON (${String(type)})`);
    return { status: 400, what, remedy };
  }
  return { status: 500, what: 'cannot be decided because of a fault in the hook', remedy: 'read its log, and report it' };
}

/** `Kind namespace/name` of the parent, as far as the body says; empty where it does not. */
function objectName(body: unknown): string {
  const { parent, object } = (body ?? {}) as { parent?: unknown; object?: unknown };
  const { kind, metadata } = ((parent ?? object) ?? {}) as { kind?: unknown; metadata?: { namespace?: unknown; name?: unknown } | null };
  const names = [metadata?.namespace, metadata?.name].filter((part) => typeof part === 'string' && part !== '');
  return typeof kind === 'string' && kind !== '' ? [kind, names.join('/')].filter((part) => part !== '').join(' ') : '';
}
