import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** For tests: a client that says what bytes it likes, and reads only when told to. */
export class RawClient {
  readonly socket: Socket;
  #text = '';
  /** By the server; of one that does not read only when the connection breaks. */
  isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('error', () => undefined);
    for (const event of ['end', 'close'])
      socket.on(event, () => {
        this.isClosed = true;
      });
  }

  /** What has come so far. */
  get text(): string {
    return this.#text;
  }

  say(bytes: string | Uint8Array): this {
    this.socket.write(bytes);
    return this;
  }

  read(): this {
    this.socket.on('data', (piece: Buffer) => {
      this.#text += piece.toString('latin1');
    });
    return this;
  }

  /** How many answers with this status have come. */
  answers(status = 200): number {
    return this.#text.split(`HTTP/1.1 ${status} `).length - 1;
  }
}

/** Connected, and gone with the test. The port may be given as a URL. */
export async function rawClient(t: TestContext, port: number | string): Promise<RawClient> {
  const socket = connect({ host: '127.0.0.1', port: typeof port === 'number' ? port : Number(new URL(port).port), allowHalfOpen: true });
  t.after(() => socket.destroy());
  const client = new RawClient(socket);
  await once(socket, 'connect');
  return client;
}

/** An inference of `identity` with this many floats, whose answer has as many: tensors travel as they are. */
export function largeInfer(floats: number): Buffer {
  const json = JSON.stringify({
    inputs: [{ name: 'x', datatype: 'FP32', shape: [1, floats], parameters: { binary_data_size: 4 * floats } }],
    parameters: { binary_data_output: true },
  });
  const head = `POST /v2/models/identity/infer HTTP/1.1\r\nHost: x\r\nInference-Header-Content-Length: ${json.length}\r\nContent-Length: ${json.length + 4 * floats}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head + json), Buffer.alloc(4 * floats)]);
}
