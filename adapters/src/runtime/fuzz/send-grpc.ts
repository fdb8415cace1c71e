import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2';

/** How a call went, as it was seen on its stream. */
export type GrpcHeard = {
  readonly head: IncomingHttpHeaders;
  readonly trailers: IncomingHttpHeaders;
  readonly bytes: Buffer;
  readonly end: 'closed' | 'reset' | 'silent';
};

const answerMaxMs = 15_000;

/** A connection of HTTP/2 that sends whatever bytes as the body of a call, which a client library would not. */
export class GrpcWire {
  readonly #authority: string;
  #session: ClientHttp2Session | undefined;

  /** Host and port. */
  constructor(authority: string) {
    this.#authority = authority;
  }

  send(path: string, headers: Readonly<Record<string, string>>, body: Buffer): Promise<GrpcHeard> {
    const session = this.#open();
    return new Promise((resolve) => {
      const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/grpc', te: 'trailers', ...headers });
      const pieces: Buffer[] = [];
      let head: IncomingHttpHeaders = {};
      let trailers: IncomingHttpHeaders = {};
      const settle = (end: GrpcHeard['end']): void => {
        clearTimeout(timer);
        resolve({ head, trailers, bytes: Buffer.concat(pieces), end });
      };
      const timer = setTimeout(() => {
        settle('silent');
        stream.close();
      }, answerMaxMs);
      stream.on('response', (given) => (head = given));
      stream.on('trailers', (given) => (trailers = given));
      stream.on('data', (bytes: Buffer) => pieces.push(bytes));
      // What is broken also closes.
      stream.on('error', () => undefined);
      stream.on('close', () => settle(stream.rstCode === 0 ? 'closed' : 'reset'));
      stream.end(body);
    });
  }

  close(): void {
    this.#session?.destroy();
  }

  #open(): ClientHttp2Session {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const session = connect(`http://${this.#authority}`);
    session.on('error', () => session.destroy());
    this.#session = session;
    return session;
  }
}
