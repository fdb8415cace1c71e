import type { RequestListener, Server, ServerResponse } from 'node:http';
import type { Log } from '../log.ts';
import type { Address } from '../settings.ts';
import type { InForce } from './in-force.ts';

/** The metrics' port: closed, or open and of no use. */
export class FaultyMetrics {
  readonly #inForce: InForce;
  readonly #log: Log;
  #front: { readonly server: Server; readonly at: Address } | undefined;

  constructor(inForce: InForce, log: Log) {
    this.#inForce = inForce;
    this.#log = log;
  }

  /** The port that can be closed. */
  async guard(server: Server, at: Address): Promise<void> {
    this.#front = { server, at };
    await this.settle();
  }

  /** The handler, and what stands in for it while a fault is in force. */
  around(handler: RequestListener): RequestListener {
    return (request, response) => {
      const how = this.#inForce.of('metricsGone')?.how;
      if (how === 'hang') void this.#inForce.lifted('metricsGone').then(() => handler(request, response));
      else if (how === 'empty') answer(response, 200, '');
      else if (how === 'error') answer(response, 500, 'an error on purpose, as asked for at the admin port');
      else handler(request, response);
    };
  }

  /** Opens or closes the port, as the fault in force wants it. */
  async settle(): Promise<void> {
    if (!this.#front) return;
    const { server, at } = this.#front;
    const isClosed = this.#inForce.of('metricsGone')?.how === 'closed';
    if (isClosed && server.listening) {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
    } else if (!isClosed && !server.listening) await this.#listen(server, at);
  }

  async #listen(server: Server, { port, address }: Address): Promise<void> {
    await new Promise<void>((resolve) => {
      const failed = (thrown: Error): void => {
        this.#log.error('misbehaviour.ts', `the metrics' port ${port} cannot be opened again: ${thrown.message}`);
        resolve();
      };
      server.once('error', failed);
      server.listen(port, address, () => {
        server.off('error', failed);
        resolve();
      });
    });
  }
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': Buffer.byteLength(body) }).end(body);
}
