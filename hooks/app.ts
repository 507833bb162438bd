import type { ErrorRequestHandler, Express, RequestHandler } from 'express';
import express from 'express';

import { hasBearerToken } from './bearer-token.ts';
import type { HookDependencies } from './dependencies.ts';
import { MalformedRequestError, oneLine, UndecidedError } from './hook-error.ts';
import type { HookMetrics } from './metrics.ts';
import { hookMetrics } from './metrics.ts';
import { hookRoutes } from './routes.ts';

export interface AppOptions extends HookDependencies {
  /** Demanded of every request to a hook. */
  readonly token: string;
}

/** A namespace of 1,000 channels makes 5 MB. */
const bodyLimit = 64 * 1024 * 1024;

/** The hooks over HTTP: one route each, and health and metrics, which need no token. Does not listen. */
export function createApp({ token, ...dependencies }: AppOptions): Express {
  if (token === '') throw new Error('the hooks need a token: an empty one would let anybody in');
  const app = express().disable('x-powered-by').disable('etag');
  const metrics = hookMetrics();
  app.get(['/healthz', '/readyz'], (_request, response) => void response.type('text/plain').send('ok\n'));
  app.get('/metrics', async (_request, response) => void response.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
  const json = express.json({ limit: bodyLimit, type: () => true, strict: false });
  for (const [path, hook] of hookRoutes(dependencies)) {
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

/** Before the body is read: whoever has no token cannot make us take 64 MB. */
function authorized(token: string): RequestHandler {
  return (request, response, next) => {
    if (hasBearerToken(request.headers.authorization, token)) {
      next();
      return;
    }
    response.status(401).set({ 'WWW-Authenticate': 'Bearer', Connection: 'close' }).type('text/plain').send('unauthorized: send the token of the hooks as "Authorization: Bearer …"\n');
  };
}

/** One line: Metacontroller shows it in an event of the parent. */
function failed({ logger }: HookDependencies): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const { status, text } = answerOf(error, request.path, request.body);
    if (status === 500) logger.error({ err: error, path: request.path, object: objectName(request.body) }, 'a hook cannot decide');
    if (status < 500) logger.warn({ path: request.path, status, text }, 'a request was refused');
    if (response.headersSent) next(error);
    else response.status(status).type('text/plain').send(`${oneLine(text)}\n`);
  };
}

function answerOf(error: unknown, path: string, body: unknown): { status: number; text: string } {
  if (error instanceof MalformedRequestError) return { status: 400, text: error.message };
  if (error instanceof UndecidedError) return { status: 500, text: error.message };
  const { status, type } = error as { status?: unknown; type?: unknown };
  if (status === 413) return { status, text: `the request is larger than ${bodyLimit} bytes: spread the channels over more namespaces` };
  if (typeof status === 'number' && status >= 400 && status < 500) return { status: 400, text: `malformed request: the body cannot be read as JSON (${String(type)}): send what Metacontroller sends to a hook of version v2` };
  return { status: 500, text: `${objectName(body) || path}: cannot be decided because of a fault in the hook: read its log, and report it` };
}

/** `Kind namespace/name` of the parent, as far as the body says. */
function objectName(body: unknown): string {
  const { parent, object } = (body ?? {}) as { parent?: unknown; object?: unknown };
  const { kind, metadata } = ((parent ?? object) ?? {}) as { kind?: unknown; metadata?: { namespace?: unknown; name?: unknown } };
  return typeof kind === 'string' ? `${kind} ${[metadata?.namespace, metadata?.name].filter((part) => typeof part === 'string').join('/')}` : '';
}
