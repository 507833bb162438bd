import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';

import type { KubernetesObject } from '../../hooks/metacontroller.ts';
import { writeCounts } from './write-counts.ts';

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: KubernetesObject;
}

/** A client of an API server for many small requests at once. */
export class ApiServer {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: Agent;

  constructor(url: string, token: string, ca: string) {
    this.#url = url;
    this.#headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    this.#agent = new Agent({ keepAlive: true, maxSockets: 32, ca });
  }

  static async trusting(url: string, token: string, certificate: string): Promise<ApiServer> {
    return new ApiServer(url, token, await readFile(certificate, 'utf8'));
  }

  async text(method: string, path: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    const { status, text } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const sent = request(`${this.#url}${path}`, { method, agent: this.#agent, headers: { ...this.#headers, ...headers } }, (response) => {
        let said = '';
        response.setEncoding('utf8').on('data', (part: string) => (said += part));
        response.once('end', () => resolve({ status: response.statusCode ?? 0, text: said })).once('error', reject);
      });
      sent.once('error', reject).end(body && JSON.stringify(body));
    });
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 300)}`);
    return text;
  }

  async create(path: string, objects: readonly object[]): Promise<void> {
    await Promise.all(objects.map((object) => this.text('POST', path, object)));
  }

  mergePatch(path: string, patch: object): Promise<string> {
    return this.text('PATCH', path, patch, { 'content-type': 'application/merge-patch+json' });
  }

  /** Calls for each event of the objects at a path, those that are there first, until the returned function is called. Begins anew where the server ends it, which it does to whoever reads slowly. */
  watch(path: string, onEvent: (event: WatchEvent) => void): () => void {
    const watching = new AbortController();
    const agent = new Agent({ ca: this.#agent.options.ca });
    const again = (): void => void setTimeout(() => watching.signal.aborted || begin(), 200);
    const begin = (): void => {
      const sent = request(`${this.#url}${path}?watch=1`, { agent, headers: this.#headers, signal: watching.signal }, (response) => {
        let rest = '';
        response.setEncoding('utf8').on('data', (part: string) => {
          const lines = (rest + part).split('\n');
          rest = lines.pop() ?? '';
          for (const line of lines) onEvent(JSON.parse(line) as WatchEvent);
        });
        response.on('error', () => undefined).once('close', again);
      });
      sent.on('error', () => undefined).end();
    };
    begin();
    return () => watching.abort();
  }

  async writes(): Promise<Map<string, number>> {
    return writeCounts(await this.text('GET', '/metrics'));
  }
}
