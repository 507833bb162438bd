import type { Server } from 'node:http';
import { STATUS_CODES } from 'node:http';

import { answeredEarly } from './body.ts';
import type { ReceiverMetrics } from './metrics.ts';
import type { RefusalKind } from './refusal.ts';
import { refusals } from './refusal.ts';

/** What Node's parser calls its errors; those that begin so and are not here are `malformed`. */
const parserPrefix = 'HPE_';
const kinds: Readonly<Record<string, RefusalKind>> = {
  HPE_HEADER_OVERFLOW: 'head_too_large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 'too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'timeout',
};

/** Answers what is no request, or came too slowly, as Node itself would, and counts it; and counts connections that are one too many. */
export function answerUnread(server: Server, metrics: Pick<ReceiverMetrics, 'rejected' | 'unread'>): void {
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const { code = '' } = error;
    const kind = kinds[code] ?? (code.startsWith(parserPrefix) ? 'malformed' : undefined);
    if (kind !== undefined && !answeredEarly.has(socket)) {
      const { status } = refusals[kind];
      metrics.unread(kind, status);
      if (socket.writable) socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nConnection: close\r\n\r\n`);
    }
    socket.destroy(error);
  });
  server.on('drop', () => metrics.rejected('too_many_connections'));
}
