import type { ServerHttp2Stream } from 'node:http2';
import type { Call } from './call.ts';

/**
 * What the inferences of one connection hold: requests under way, and answers that wait to be read. Flow control does not bound it, since
 * each call has a window of its own, and so a client that asks and asks and never reads would fill the memory.
 */
export class HeldBytes {
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Counts this call in for as long as it is there. */
  count(stream: ServerHttp2Stream, call: Call): void {
    let own = 0;
    call.onMessage(({ length }) => {
      own += length;
      this.#bytes += length;
    });
    stream.once('close', () => {
      this.#bytes -= own;
    });
  }
}
