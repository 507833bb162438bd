import { setTimeout as delay } from 'node:timers/promises';

import { digestOf } from './digest.ts';
import type { Send, SendOutcome } from './history.ts';

export interface SendersOptions {
  /** Addresses of the receivers; each attempt goes to the next one, as behind a Service. */
  readonly urls: readonly string[];
  readonly path: string;
  /** How many send with a key of their own, and how many with none. */
  readonly keyed: number;
  readonly keyless: number;
  /** Between two events of a sender. */
  readonly pauseMs: number;
  readonly dataBytes: number;
}

export interface Senders {
  readonly log: readonly Send[];
  /** Names of those that send now. */
  readonly names: readonly string[];
  /** Answers that were not 202, by status or error. */
  readonly troubles: ReadonlyMap<string, number>;
  /** Sends nothing new; waits until every event is acknowledged, or for `limitMs`. */
  stop(limitMs?: number): Promise<void>;
}

const attemptTimeoutMs = 15_000;
const retryPauseMs = 100;
const refusals: ReadonlySet<number> = new Set([400, 404, 405, 413, 415, 429]);

/** Senders that number their events, and send each until it is acknowledged, one after the other. */
export function startSenders(options: SendersOptions): Senders {
  const log: Send[] = [];
  const troubles = new Map<string, number>();
  const names = [...Array.from({ length: options.keyed }, (_none, index) => `k${index}`), ...Array.from({ length: options.keyless }, (_none, index) => `n${index}`)];
  const stopping = new AbortController();
  const giveUp = new AbortController();
  let turn = 0;

  async function attempt(id: string, key: string | undefined, data: string): Promise<boolean> {
    turn += 1;
    const url = `${options.urls[turn % options.urls.length] ?? ''}${options.path}`;
    const calledAt = performance.now();
    const { outcome, trouble } = await post(url, id, key, data);
    log.push({ id, ...(key !== undefined && { key }), calledAt, returnedAt: performance.now(), outcome, digest: digestOf(id, key, data) });
    if (trouble !== undefined) troubles.set(trouble, (troubles.get(trouble) ?? 0) + 1);
    return outcome === 'ok';
  }

  async function send(name: string): Promise<void> {
    const key = name.startsWith('k') ? `key-${name}` : undefined;
    for (let number = 0; !stopping.signal.aborted; number += 1) {
      const data = `${name}.${number} `.padEnd(options.dataBytes, '.');
      for (let tries = 1; !giveUp.signal.aborted && !(await attempt(`${name}.${number}.${tries}`, key, data)); tries += 1) await delay(retryPauseMs);
      await delay(options.pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const running = Promise.all(names.map((name) => send(name)));
  return {
    log,
    names,
    troubles,
    stop: async (limitMs = 30_000) => {
      stopping.abort();
      const patience = setTimeout(() => giveUp.abort(), limitMs);
      await running;
      clearTimeout(patience);
    },
  };
}

async function post(url: string, id: string, key: string | undefined, data: string): Promise<{ outcome: SendOutcome; trouble?: string }> {
  const headers = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/chaos', 'ce-type': 'chaos.event', 'content-type': 'text/plain', ...(key !== undefined && { 'ce-subject': key }) };
  try {
    const response = await fetch(url, { method: 'POST', headers, body: data, signal: AbortSignal.timeout(attemptTimeoutMs) });
    await response.arrayBuffer();
    if (response.ok) return { outcome: 'ok' };
    return { outcome: refusals.has(response.status) ? 'fail' : 'unknown', trouble: String(response.status) };
  } catch (error) {
    const { cause, name } = error as Error;
    const code = (cause as { code?: string } | undefined)?.code ?? name;
    return { outcome: code === 'ECONNREFUSED' ? 'fail' : 'unknown', trouble: code };
  }
}
