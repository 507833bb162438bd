import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

/**
 * Servers to compare with: `node floor-process.ts http PORT` reads each body and answers 202, and nothing else; `tcp` answers every chunk with a fixed 202 and parses
 * nothing, which shows what the sender alone can do.
 */
const [kind, port] = process.argv.slice(2);
const server =
  kind === 'tcp'
    ? createTcpServer({ noDelay: true }, (socket) => {
        socket.on('data', () => socket.write('HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n')).on('error', () => socket.destroy());
      })
    : createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk: Buffer) => chunks.push(chunk));
        request.on('end', () => {
          Buffer.concat(chunks);
          response.writeHead(202, { 'Content-Length': 0 }).end();
        });
      });
server.listen(Number(port), '127.0.0.1');
