import { until } from './cluster/wait.ts';
import type { WaitOptions } from './cluster/wait.ts';
import type { Kubernetes } from './kubernetes.ts';
import { restrictedPod } from './restricted-pod.ts';

/**
 * A pod that shows each request as a line of JSON. Its paths say how it answers: /drop-first/…, /drop/…, /transform/…, /hang/…; all others 204.
 * What goes to /count/… is counted by id instead, and GET of the same path tells the counts: a log of very many requests would be rotated away.
 */
const script = `
import { createServer } from 'node:http';
const seen = new Set();
const counts = new Map();
createServer(async (request, response) => {
  if (request.method === 'GET') return response.end(JSON.stringify(Object.fromEntries(counts.get(request.url) ?? [])));
  if (request.url.startsWith('/count/')) {
    const ids = counts.get(request.url) ?? counts.set(request.url, new Map()).get(request.url);
    ids.set(request.headers['ce-id'], (ids.get(request.headers['ce-id']) ?? 0) + 1);
    request.resume();
    return response.writeHead(204).end();
  }
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  console.log(JSON.stringify({path: request.url, headers: request.headers, body}));
  const [, behaviour] = request.url.split('/');
  if (behaviour === 'hang') return;
  if (behaviour === 'drop' || (behaviour === 'drop-first' && !seen.has(request.url))) {
    seen.add(request.url);
    return response.writeHead(500).end();
  }
  if (behaviour !== 'transform') return response.writeHead(204).end();
  const {'ce-specversion': specversion, 'ce-id': id, 'content-type': type} = request.headers;
  response.writeHead(200, {'ce-specversion': specversion, 'ce-id': id, 'ce-type': 'transformed', 'ce-source': 'transformer', 'content-type': type ?? 'application/json'}).end(body);
}).listen(8080);
process.on('SIGTERM', () => process.exit(0));
`;

export interface SeenRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One in a namespace serves all tests in it. */
export class Sink {
  readonly pod: { readonly namespace: string; readonly deployment: string };
  readonly #kubernetes: Kubernetes;

  private constructor(kubernetes: Kubernetes, namespace: string) {
    this.#kubernetes = kubernetes;
    this.pod = { namespace, deployment: 'sink' };
  }

  static async start(kubernetes: Kubernetes, namespace: string): Promise<Sink> {
    const sink = new Sink(kubernetes, namespace);
    await kubernetes.apply(sink.#objects());
    await kubernetes.rolledOut(sink.pod.deployment, namespace);
    return sink;
  }

  url(path: string): string {
    return `http://${this.pod.deployment}.${this.pod.namespace}.svc.cluster.local${path}`;
  }

  /** How often each event has come to a path below /count/, by id. */
  async counts(path: string): Promise<Record<string, number>> {
    const { namespace, deployment } = this.pod;
    const ask = `console.log(await (await fetch('http://127.0.0.1:8080${path}')).text())`;
    return JSON.parse(await this.#kubernetes.run('exec', '-n', namespace, `deployment/${deployment}`, '--', 'node', '--input-type=module', '-e', ask)) as Record<string, number>;
  }

  async requests(path: string): Promise<SeenRequest[]> {
    const { namespace, deployment } = this.pod;
    const log = await this.#kubernetes.run('logs', '-n', namespace, `deployment/${deployment}`, '--tail=-1');
    return log.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as SeenRequest).filter((request) => request.path === path);
  }

  /** Waits until so many requests for a path were seen, and returns all of them. */
  received(path: string, count: number, options?: WaitOptions): Promise<SeenRequest[]> {
    return this.receivedWhere(path, () => true, count, options);
  }

  receivedWhere(path: string, counts: (request: SeenRequest) => boolean, count: number, options?: WaitOptions): Promise<SeenRequest[]> {
    return until(
      `${count} requests for ${path}`,
      async () => {
        const requests = (await this.requests(path)).filter(counts);
        if (requests.length >= count) return requests;
        throw new Error(`${requests.length} so far`);
      },
      options,
    );
  }

  #objects(): object[] {
    const { namespace, deployment: name } = this.pod;
    const labels = { app: name };
    const spec = restrictedPod({ name, command: ['node', '--input-type=module', '-e', script], readinessProbe: { httpGet: { path: '/', port: 8080 }, periodSeconds: 1 } });
    return [
      { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace }, spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] } },
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace, labels }, spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } } },
    ];
  }
}
