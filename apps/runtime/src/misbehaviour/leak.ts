import type { Log } from '../log.ts';
import type { FaultOf } from './faults.ts';

/** Memory that the process takes and does not give back before it is told to. */
export class Leak {
  readonly #log: Log;
  readonly #kept: ArrayBuffer[] = [];
  #bytes = 0;
  #isFull = false;

  constructor(log: Log) {
    this.#log = log;
  }

  get bytes(): number {
    return this.#bytes;
  }

  grow({ bytesPerRequest, bytesMax }: FaultOf<'leak'>): void {
    if (this.#isFull) return;
    if (this.#bytes + bytesPerRequest > bytesMax) {
      this.#isFull = true;
      this.#log.warning('misbehaviour.ts', `On purpose: the leak has reached ${this.#bytes} bytes, and grows no more`);
      return;
    }
    // Written to, since memory that nobody touches is none that the machine misses.
    const taken = new Uint8Array(bytesPerRequest).fill(1);
    this.#kept.push(taken.buffer);
    this.#bytes += bytesPerRequest;
  }

  /** At once, and not when the garbage is collected. */
  free(): void {
    for (const kept of this.#kept.splice(0)) kept.transfer(0);
    this.#bytes = 0;
    this.#isFull = false;
  }
}
