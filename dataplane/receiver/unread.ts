import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { answeredEarly } from './body.ts';
import type { ReceiverMetrics } from './metrics.ts';
import { Refusal, refusals } from './refusal.ts';
import { largestHeadBytes, maxHeaderLines } from './server-options.ts';

/** An error of Node's parser, or of its clock. */
type UnreadError = NodeJS.ErrnoException & { readonly reason?: string };

/** A connection as Node keeps it: with the first of its answers that is not over. */
type Connection = Duplex & { readonly _httpMessage?: ServerResponse | null };

/** Answers what is no request, or came too slowly, after the requests before it, and counts it; and counts connections that are one too many. */
export function answerUnread(server: Server, metrics: Pick<ReceiverMetrics, 'rejected' | 'unread'>): void {
  const ending = new WeakSet<Connection>();
  server.on('clientError', (error: UnreadError, socket: Connection) => {
    if (ending.has(socket)) return;
    const refusal = refusalOfUnread(error);
    if (!refusal) return void socket.destroy(error);
    ending.add(socket);
    whenAnswered(socket, () => {
      if (!answeredEarly.has(socket)) {
        if (socket._httpMessage) cutOff.set(socket, refusal);
        else metrics.unread(refusal.kind, refusals[refusal.kind].status);
        if (socket.writable && refusal.kind !== 'sender_gone') socket.write(textOf(refusal));
      }
      socket.destroy(error);
    });
  });
  server.on('drop', () => metrics.rejected('too_many_connections'));
}

/** Connections that end in the middle of a request, which is answered but not counted here. */
const cutOff = new WeakMap<object, Refusal>();

/** Why a request that is not whole gets no further. */
export function whyCutOff({ socket }: IncomingMessage): Refusal {
  return cutOff.get(socket) ?? senderGone();
}

/** What Node's parser calls its errors; undefined for those of the connection. */
function refusalOfUnread({ code = '', reason = 'not readable' }: UnreadError): Refusal | undefined {
  if (code === 'HPE_INVALID_EOF_STATE') return senderGone();
  if (code === 'HPE_HEADER_OVERFLOW') return new Refusal('head_too_large', `the head is larger than ${largestHeadBytes} bytes or ${maxHeaderLines} lines`);
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return new Refusal('too_large', 'the extensions of a chunk are too large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new Refusal('timeout', 'the request came too slowly');
  return code.startsWith('HPE_') ? new Refusal('malformed', `not HTTP/1.1: ${reason}`) : undefined;
}

function senderGone(): Refusal {
  return new Refusal('sender_gone', 'the sender has gone');
}

/** Calls back when the requests that have come whole are answered: what they sent may be stored. A connection that ends before that needs no more. */
function whenAnswered(socket: Connection, then: () => void): void {
  const response = socket._httpMessage;
  if (response && (response.req.complete || response.writableEnded)) response.once('finish', () => whenAnswered(socket, then));
  else then();
}

function textOf({ kind, message }: Refusal): string {
  const { status } = refusals[kind];
  const body = `${message}\n`;
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, 'Connection: close', 'Content-Type: text/plain; charset=utf-8', `Content-Length: ${Buffer.byteLength(body)}`, '', body].join('\r\n');
}
