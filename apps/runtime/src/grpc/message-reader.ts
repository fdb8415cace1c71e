export type Message = { readonly isCompressed: boolean; readonly bytes: Buffer };

const headBytes = 5;

/** Cuts what a stream brings, in whatever pieces, into the messages of gRPC: a byte of flags, a length of four bytes, the message. */
export class MessageReader {
  readonly #bytesMax: number;
  #pieces: Buffer[] = [];
  #held = 0;
  /** How many bytes the head, or the head and its message, have. */
  #wanted = headBytes;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The messages that are whole now; views, where a message came in one piece. Throws TooLarge before any of the message is kept. */
  push(piece: Buffer): Message[] {
    this.#pieces.push(piece);
    this.#held += piece.length;
    const messages: Message[] = [];
    while (this.#held >= this.#wanted) {
      const whole = this.#joined();
      if (this.#wanted === headBytes) {
        const length = whole.readUInt32BE(1);
        if (length > this.#bytesMax) throw new TooLarge(length, this.#bytesMax);
        this.#wanted = headBytes + length;
        if (this.#held < this.#wanted) break;
      }
      // Only the lowest flag means something; Triton passes over the others.
      messages.push({ isCompressed: ((whole[0] ?? 0) & 1) === 1, bytes: whole.subarray(headBytes, this.#wanted) });
      const rest = whole.subarray(this.#wanted);
      this.#pieces = rest.length === 0 ? [] : [rest];
      this.#held = rest.length;
      this.#wanted = headBytes;
    }
    return messages;
  }

  #joined(): Buffer {
    const [first] = this.#pieces;
    if (this.#pieces.length === 1 && first !== undefined) return first;
    const whole = Buffer.concat(this.#pieces);
    this.#pieces = [whole];
    return whole;
  }
}

export class TooLarge extends Error {
  constructor(bytes: number, bytesMax: number) {
    super(`Received message larger than max (${bytes} vs. ${bytesMax})`);
    this.name = 'TooLarge';
  }
}
