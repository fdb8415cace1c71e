import { type AddressInfo, createServer, type Server } from 'node:net';
import type { Log } from '../log.ts';
import type { Address } from '../settings.ts';
import { Connection, type HttpHandler } from './connection.ts';

/** A front end that listens. */
export type HttpFront = {
  readonly port: number;
  /** Takes no more connections and closes idle ones; settles when all are closed, with false when that took too long. */
  drain(graceMs: number): Promise<boolean>;
  /** At once, whatever is under way. */
  close(): void;
};

/** Serves HTTP on one port. Throws in Triton's words when that cannot be had. */
export async function serveHttp(handler: HttpHandler, at: Address, log: Log): Promise<HttpFront> {
  const open = new Map<Connection, () => void>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = new Connection(socket, handler);
    open.set(connection, () => socket.destroy());
    socket.on('close', () => open.delete(connection));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (thrown: NodeJS.ErrnoException) => {
      const why =
        thrown.code === 'EADDRINUSE' ? `Unavailable - Socket '${at.address}:${at.port}' already in use` : `Internal - ${thrown.message}`;
      reject(new Error(`failed to start HTTP service: ${why}`));
    });
    server.listen({ port: at.port, host: at.address, reusePort: at.sharesPort ?? false }, resolve);
  });
  server.on('error', (thrown) => log.error('serve.ts', `HTTP: ${thrown.message}`));
  const closeIdle = (): void => {
    for (const [connection, destroy] of open) if (connection.isIdle) destroy();
  };
  return {
    port: portOf(server),
    drain: (graceMs) =>
      new Promise((resolve) => {
        const settle = (isDrained: boolean): void => {
          clearInterval(sweep);
          clearTimeout(timer);
          resolve(isDrained);
        };
        // A connection whose request was under way is idle when that is answered.
        const sweep = setInterval(closeIdle, 20);
        const timer = setTimeout(() => settle(false), graceMs);
        server.close(() => settle(true));
        closeIdle();
      }),
    close() {
      server.close();
      for (const destroy of open.values()) destroy();
    },
  };
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
