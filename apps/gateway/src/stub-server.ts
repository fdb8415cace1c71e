import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from '#core/ports/agent.ts';

/** A stand-in for a Triton server in tests: answers as it is told, and remembers what it saw. */
export class StubServer {
  readonly #server: Server;
  readonly name: string;
  readonly pool: string;
  connections = 0;
  readonly seen: { method: string; path: string; headers: IncomingMessage['headers']; bytes: number }[] = [];
  aborted = 0;
  answer: (request: IncomingMessage, response: ServerResponse, body: Buffer) => void = (_request, response) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ from: this.name }));
  };

  constructor(name: string, pool: string) {
    this.name = name;
    this.pool = pool;
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('close', () => {
        if (!response.writableFinished) this.aborted += 1;
      });
      request.on('end', () => {
        const body = Buffer.concat(chunks);
        this.seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers, bytes: body.length });
        this.answer(request, response, body);
      });
    });
    this.#server.on('connection', () => {
      this.connections += 1;
    });
  }

  async open(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get endpoint(): Endpoint {
    return { server: this.name, incarnation: '1', model: 'digits', pool: this.pool, http: `http://127.0.0.1:${this.port}` };
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
