import { Pile } from './pile.ts';

/** Takes a body that comes in chunks apart. Without extensions, as in Triton, where it ends with the first line behind the last chunk, trailer or not. */
export class ChunkedBody {
  readonly #body = new Pile();
  /** The beginning of a line whose end has not come; at most a line long. */
  #line: Buffer = Buffer.alloc(0);
  /** Bytes of the present chunk that are still to come, or where in between we are. */
  #left: number | 'chunk end' | 'size' | 'last line' = 'size';
  /** Of the chunks so far, the present one as long as it says it is. */
  length = 0;

  get bytes(): Buffer {
    return this.#body.bytes;
  }

  /** Gives what is behind the body once that is whole, `more` while it is not, and `bad` for what is no such body. */
  take(bytes: Buffer, bytesMax: number): { readonly behind: Buffer } | 'more' | 'bad' | 'too large' {
    let rest = this.#line.length === 0 ? bytes : Buffer.concat([this.#line, bytes]);
    for (;;) {
      if (typeof this.#left === 'number') {
        const data = rest.subarray(0, this.#left);
        this.#body.add(data);
        rest = rest.subarray(data.length);
        this.#left = this.#left === data.length ? 'chunk end' : this.#left - data.length;
      }
      const end = this.#left === 'chunk end' ? 0 : rest.indexOf('\r\n');
      if (typeof this.#left === 'number' || end < 0 || rest.length < 2) {
        this.#line = rest;
        if (this.#left === 'size' && !/^[0-9a-fA-F]*\r?$/.test(rest.toString('latin1', 0, lineMax))) return 'bad';
        return rest.length > lineMax ? 'bad' : 'more';
      }
      const line = rest.toString('latin1', 0, end);
      if (this.#left === 'chunk end' && (rest[0] !== 13 || rest[1] !== 10)) return 'bad';
      rest = rest.subarray(end + 2);
      if (this.#left === 'last line') return { behind: rest };
      if (this.#left === 'chunk end') this.#left = 'size';
      else if (!/^[0-9a-fA-F]{1,12}$/.test(line)) return 'bad';
      else {
        const size = Number.parseInt(line, 16);
        this.length += size;
        if (this.length > bytesMax) return 'too large';
        this.#left = size === 0 ? 'last line' : size;
      }
    }
  }
}

const lineMax = 8192;
