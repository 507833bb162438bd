import { connect } from 'node:net';

export interface RawOutcome {
  /** Status codes of all answers, in order. */
  readonly statuses: readonly number[];
  /** Whether the other side closed the connection within the time. */
  readonly closed: boolean;
  readonly ms: number;
}

/** Sends bytes, in pieces with pauses between them where `pauseMs` is given, and tells what came back until the connection is closed, the time is over, or a little after so many `answers`. After `endMs` it says that it sends no more, so that what is half-sent is over. */
export function rawHttp(port: number, pieces: readonly (string | Buffer)[], { limitMs = 3000, pauseMs = 0, answers = Infinity, endMs = Infinity } = {}): Promise<RawOutcome> {
  const start = performance.now();
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    const done = (closed: boolean): void => {
      clearTimeout(patience);
      clearTimeout(enough);
      clearTimeout(ending);
      clearInterval(sending);
      socket.destroy();
      resolve({ statuses: statusesIn(answer), closed, ms: performance.now() - start });
    };
    const rest = [...pieces];
    const send = (): void => {
      const piece = rest.shift();
      if (piece !== undefined && socket.writable) socket.write(piece, 'latin1');
    };
    const patience = setTimeout(() => done(false), limitMs);
    const ending = endMs < limitMs ? setTimeout(() => socket.end(), endMs) : undefined;
    const sending = pauseMs > 0 ? setInterval(send, pauseMs) : undefined;
    socket.on('connect', () => {
      if (pauseMs > 0) return send();
      for (const piece of rest.splice(0)) socket.write(piece, 'latin1');
    });
    let enough: NodeJS.Timeout | undefined;
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
      if (statusesIn(answer).length >= answers) enough ??= setTimeout(() => done(false), surplusMs);
    });
    socket.on('error', () => done(true)).on('close', () => done(true));
  });
}

/** Time in which an answer too many would come. */
const surplusMs = 150;

function statusesIn(text: string): number[] {
  return Array.from(text.matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, code]) => Number(code));
}
