const nothing: Buffer = Buffer.alloc(0);

/**
 * Bytes that pile up as they come, in one place. It grows by a factor, so that what comes a byte at a time costs neither an object for each
 * piece nor a copy of all that came before.
 */
export class Pile {
  #space = nothing;
  #length = 0;
  readonly #expected: number;

  /** `expected` is how many there will be, where that is known. */
  constructor(first: Buffer = nothing, expected = Number.POSITIVE_INFINITY) {
    this.#expected = expected;
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
    // Room that is not used is not taken from the machine either.
    const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(4 * needed, this.#expected)));
    this.bytes.copy(larger);
    this.#space = larger;
  }
}
