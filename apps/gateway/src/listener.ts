import { createServer, type IncomingMessage, Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import type { Ms } from '#core/base/time.ts';

/** An HTTP server with bounds on all that a client can make it wait for or keep, and a drain that loses nobody. */
export class Listener {
  readonly #server: Server;
  #isDraining = false;
  #underWay = 0;

  constructor(answer: (request: IncomingMessage, response: ServerResponse) => void, bounds: { requestMs: Ms }) {
    this.#server = createServer({
      // Longer than clients commonly keep a connection, so that they close it and not we, just when they send.
      keepAliveTimeout: 75_000,
      headersTimeout: Math.min(10_000, bounds.requestMs),
      requestTimeout: bounds.requestMs,
      connectionsCheckingInterval: 5000,
      maxHeaderSize: 16 * 1024,
    });
    this.#server.maxConnections = 10_000;
    this.#server.on('request', (request, response) => {
      this.#underWay += 1;
      response.on('close', () => {
        this.#underWay -= 1;
      });
      // A write that crosses the client's leaving; 'close' follows and says all there is to say.
      response.on('error', () => {});
      if (this.#isDraining) response.setHeader('connection', 'close');
      answer(request, response);
    });
    this.#server.on('clientError', answerBadHead);
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get underWay(): number {
    return this.#underWay;
  }

  async listen(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host, port, backlog: 1024 }, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
    return (this.#server.address() as AddressInfo).port;
  }

  /**
   * Takes no more connections, finishes what is under way, and tells clients with every answer to connect elsewhere. Idle connections
   * stay open for a moment more: a request may be on its way on one of them.
   */
  async drain({ deadlineMs, idleMs }: { deadlineMs: Ms; idleMs: Ms }): Promise<void> {
    this.#isDraining = true;
    // http.Server's own close() would end idle connections at once; that of net.Server only stops accepting.
    const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(this.#server, () => resolve()));
    const deadline = performance.now() + deadlineMs;
    const idleUntil = performance.now() + Math.min(idleMs, deadlineMs);
    const tick = setInterval(() => {
      const now = performance.now();
      if (now >= deadline) this.#server.closeAllConnections();
      else if (now >= idleUntil) this.#server.closeIdleConnections();
    }, 25);
    await closed;
    clearInterval(tick);
  }
}

function answerBadHead(error: NodeJS.ErrnoException, socket: import('node:stream').Duplex): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [status, says] =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? ['431 Request Header Fields Too Large', 'the headers are larger than 16 KiB']
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? ['408 Request Timeout', 'the request did not arrive in time']
        : ['400 Bad Request', `not an HTTP request: ${error.message}`];
  const body = JSON.stringify({ error: says });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\nconch-refused: bad-request\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
