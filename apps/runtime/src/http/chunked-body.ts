/** Takes a body that comes in chunks apart. Without extensions, as in Triton; trailers are read and forgotten. */
export class ChunkedBody {
  readonly pieces: Buffer[] = [];
  length = 0;
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of the present chunk that are still to come, its line's end included; or where in between we are. */
  #left: number | 'size' | 'trailers' = 'size';

  /** Gives what is behind the body once that is whole, `more` while it is not, and `bad` for what is no such body. */
  take(bytes: Buffer): { readonly behind: Buffer } | 'more' | 'bad' {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (;;) {
      if (typeof this.#left === 'number') {
        const needed = this.#left + 2;
        if (this.#rest.length < needed) return 'more';
        if (this.#rest[this.#left] !== 13 || this.#rest[this.#left + 1] !== 10) return 'bad';
        this.pieces.push(this.#rest.subarray(0, this.#left));
        this.length += this.#left;
        this.#rest = this.#rest.subarray(needed);
        this.#left = 'size';
      }
      const end = this.#rest.indexOf('\r\n');
      if (end < 0) return this.#rest.length > lineMax ? 'bad' : 'more';
      const line = this.#rest.toString('latin1', 0, end);
      this.#rest = this.#rest.subarray(end + 2);
      if (this.#left === 'trailers') {
        if (line === '') return { behind: this.#rest };
        if (line.indexOf(':') <= 0) return 'bad';
        continue;
      }
      if (!/^[0-9a-fA-F]{1,12}$/.test(line)) return 'bad';
      const size = Number.parseInt(line, 16);
      this.#left = size === 0 ? 'trailers' : size;
    }
  }
}

const lineMax = 8192;
