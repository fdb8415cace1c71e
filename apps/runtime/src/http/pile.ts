const nothing: Buffer = Buffer.alloc(0);

/**
 * Bytes that pile up as they come, in one place. It grows by doubling, so that what comes a byte at a time costs neither an object for each
 * piece nor a copy of all that came before.
 */
export class Pile {
  #space = nothing;
  #length = 0;

  constructor(first: Buffer = nothing) {
    this.#space = first;
    this.#length = first.length;
  }

  get length(): number {
    return this.#length;
  }

  get bytes(): Buffer {
    return this.#space.subarray(0, this.#length);
  }

  add(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (this.#length === 0) this.#space = piece;
    else {
      if (length > this.#space.length) this.#grow(length);
      piece.copy(this.#space, this.#length);
    }
    this.#length = length;
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#space.length));
    this.bytes.copy(larger);
    this.#space = larger;
  }
}
