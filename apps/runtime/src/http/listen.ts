import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Log } from '../log.ts';
import type { Address } from '../settings.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/** Opens a port. A mistake of ours in a handler costs that request, and stands in the log. Throws in Triton's words. */
export async function listen(handler: Handler, at: Address, service: string, log: Log): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 0, noDelay: true }, (request, response) => {
    void Promise.resolve(handler(request, response)).catch((thrown: unknown) => {
      log.error('listen.ts', `a request failed through a mistake of ours: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
      if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'application/json' });
      response.end('{"error":"internal error, see the log"}');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (thrown: NodeJS.ErrnoException) => {
      const why =
        thrown.code === 'EADDRINUSE' ? `Unavailable - Socket '${at.address}:${at.port}' already in use` : `Internal - ${thrown.message}`;
      reject(new Error(`failed to start ${service} service: ${why}`));
    });
    server.listen(at.port, at.address, resolve);
  });
  return server;
}

export const portOf = (server: Server): number => (server.address() as AddressInfo).port;
