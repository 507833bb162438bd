import { once } from 'node:events';
import type { Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What a proxy does to the bytes; shares are from 0 to 1. */
export type ProxyFault =
  /** Nothing passes, nothing is closed, until the fault is over. */
  | { readonly kind: 'freeze' }
  /** Requests pass; this share of the answers is dropped, and the connection closed. */
  | { readonly kind: 'lose-answers'; readonly share: number }
  | { readonly kind: 'delay'; readonly ms: number }
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number }
  /** Answers come in pieces of so many bytes. */
  | { readonly kind: 'fragment'; readonly bytes: number }
  /** One bit is wrong in this share of the answers longer than 1 KiB. */
  | { readonly kind: 'flip-bits'; readonly share: number }
  /** Each connection is cut after so many bytes of answers. */
  | { readonly kind: 'cut-after'; readonly bytes: number }
  /** New connections are closed at once, and those there are. */
  | { readonly kind: 'refuse' };

export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  readonly connections: number;
  /** How often a fault was felt, since the start: chunks, or connections. */
  readonly felt: number;
  set(fault: ProxyFault | undefined): void;
  /** Resets every connection there is, and says how many. */
  cut(): number;
  /** Makes every connection there is fall silent for ever, with no reset; new ones are as before. Says how many. */
  silence(): number;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  silent: boolean;
  answered: number;
}

/** A TCP proxy from a port of 127.0.0.1 to another. */
export async function faultProxy(port: number, target: number): Promise<FaultProxy> {
  const proxy = new TcpFaultProxy(port, target);
  await proxy.listen();
  return proxy;
}

class TcpFaultProxy implements FaultProxy {
  readonly port: number;
  readonly #target: number;
  readonly #server = createServer((client) => this.#accept(client));
  readonly #pairs = new Set<Pair>();
  #fault: ProxyFault | undefined;
  #changed = Promise.withResolvers<undefined>();
  felt = 0;

  constructor(port: number, target: number) {
    this.port = port;
    this.#target = target;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  async listen(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  set(fault: ProxyFault | undefined): void {
    this.#fault = fault;
    this.#changed.resolve(undefined);
    this.#changed = Promise.withResolvers();
    if (fault?.kind === 'refuse') this.felt += this.cut();
  }

  cut(): number {
    const count = this.#pairs.size;
    for (const { client, server } of this.#pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
    return count;
  }

  silence(): number {
    for (const pair of this.#pairs) pair.silent = true;
    return this.#pairs.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.cut();
    await once(this.#server, 'close');
  }

  #accept(client: Socket): void {
    client.on('error', () => undefined);
    if (this.#fault?.kind === 'refuse') {
      this.felt += 1;
      client.resetAndDestroy();
      return;
    }
    const server = connect(this.#target, '127.0.0.1');
    const pair: Pair = { client, server, silent: false, answered: 0 };
    this.#pairs.add(pair);
    for (const [socket, other] of [[client, server], [server, client]] as const) {
      socket.setNoDelay(true).on('error', () => undefined);
      socket.once('close', () => {
        this.#pairs.delete(pair);
        if (!pair.silent) other.destroy();
      });
    }
    void this.#pump(client, server, pair, false);
    void this.#pump(server, client, pair, true);
  }

  async #pump(from: Socket, to: Socket, pair: Pair, isAnswer: boolean): Promise<void> {
    try {
      for await (const chunk of from as AsyncIterable<Buffer>) {
        for (const piece of await this.#spoil(chunk, pair, isAnswer)) await this.#write(piece, to, pair);
      }
      if (!pair.silent) to.end();
    } catch {
      if (!pair.silent) to.destroy();
    }
  }

  async #write(piece: Buffer, to: Socket, pair: Pair): Promise<void> {
    if (pair.silent || to.destroyed || to.write(piece)) return;
    await Promise.race([once(to, 'drain'), once(to, 'close')]);
  }

  /** What is to be passed of a chunk, when it is time. */
  async #spoil(chunk: Buffer, pair: Pair, isAnswer: boolean): Promise<Buffer[]> {
    const fault = this.#fault;
    if (!fault) return [chunk];
    if (fault.kind === 'freeze') return await this.#frozen(chunk, pair, isAnswer);
    if (fault.kind === 'delay' || fault.kind === 'bandwidth') {
      this.felt += 1;
      await delay(fault.kind === 'delay' ? fault.ms : (1000 * chunk.length) / fault.bytesPerSecond);
      return [chunk];
    }
    return isAnswer ? this.#spoiltAnswer(chunk, pair, fault) : [chunk];
  }

  async #frozen(chunk: Buffer, pair: Pair, isAnswer: boolean): Promise<Buffer[]> {
    this.felt += 1;
    await this.#changed.promise;
    return await this.#spoil(chunk, pair, isAnswer);
  }

  #spoiltAnswer(chunk: Buffer, pair: Pair, fault: ProxyFault): Buffer[] {
    switch (fault.kind) {
      case 'lose-answers':
        if (Math.random() >= fault.share) return [chunk];
        return this.#cutAt(Buffer.alloc(0), pair);
      case 'cut-after': {
        const room = fault.bytes - pair.answered;
        pair.answered += chunk.length;
        return pair.answered <= fault.bytes ? [chunk] : this.#cutAt(chunk.subarray(0, Math.max(0, room)), pair);
      }
      case 'fragment':
        this.felt += 1;
        return Array.from({ length: Math.ceil(chunk.length / fault.bytes) }, (_none, piece) => chunk.subarray(piece * fault.bytes, (piece + 1) * fault.bytes));
      case 'flip-bits':
        return [this.#withWrongBit(chunk, fault.share)];
      default:
        return [chunk];
    }
  }

  #cutAt(last: Buffer, { client, server }: Pair): Buffer[] {
    this.felt += 1;
    setImmediate(() => {
      client.destroy();
      server.destroy();
    });
    return [last];
  }

  /** In the second half, where the records are and not the lengths that frame them. */
  #withWrongBit(chunk: Buffer, share: number): Buffer {
    if (chunk.length < 1024 || Math.random() >= share) return chunk;
    this.felt += 1;
    const spoilt = Buffer.from(chunk);
    const at = Math.floor(chunk.length / 2 + Math.random() * (chunk.length / 2));
    spoilt[at] = (spoilt[at] ?? 0) ^ 1;
    return spoilt;
  }
}
