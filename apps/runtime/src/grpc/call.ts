import { constants, type ServerHttp2Stream } from 'node:http2';
import { closeEarly } from './close-early.ts';
import { acceptedEncodings, type CompressionLevel, compressed, decompressed, type Encoding, encodingForLevel } from './compression.ts';
import { type Message, MessageReader, TooLarge } from './message-reader.ts';
import { beginResponse, respondWhole } from './respond.ts';
import { type GrpcStatus, statusCodes, trailersOf } from './status.ts';

/** What came with the head of a call. */
export type CallHead = {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Names and values in turn, each value by itself where a name came twice. */
  readonly rawHeaders: readonly string[];
  readonly encoding: Encoding;
  readonly deadlineMs: number | undefined;
  /** When it came, by process.hrtime.bigint(). */
  readonly startedNs: bigint;
};

export type Receiver = {
  message(bytes: Uint8Array): void;
  /** The client has said all. What it stopped within is no message. */
  end(): void;
};

/** Triton takes messages of any length that an int can say. */
const messageBytesMax = 2 ** 31 - 1;
/** A thousandth of it, compressed, can open to so much; a real Triton would take it. */
const openedBytesMax = 256 * 1024 * 1024;

/** Below this many bytes a copy is cheaper than a second write. */
const copiedBytesMax = 65_536;

/** One call on one stream of HTTP/2, from its head to its status. */
export class Call {
  readonly head: CallHead;
  readonly #stream: ServerHttp2Stream;
  readonly #reader = new MessageReader(messageBytesMax);
  readonly #deadline: NodeJS.Timeout | undefined;
  #receiver: Receiver | undefined;
  /** What came behind a message that is being decompressed; undefined while none is. */
  #backlog: (Message | 'end')[] | undefined;
  #holds = 0;
  #isDraining = false;
  #answerEncoding: Encoding = 'identity';
  #cancel: (() => void) | undefined;
  #onMessage: ((message: Uint8Array) => void) | undefined;
  #onSend: (() => void) | undefined;
  #isOver = false;
  /** What comes now is listened to no more. */
  #isDeaf = false;

  constructor(stream: ServerHttp2Stream, head: CallHead) {
    this.head = head;
    this.#stream = stream;
    // A connection that breaks is noticed by 'close', which comes after it. That waits until all has been read; what is held back never is,
    // so a client that cancels is noticed by 'aborted'.
    stream.on('error', () => undefined);
    stream.once('aborted', () => this.#abandon());
    stream.once('close', () => {
      clearTimeout(this.#deadline);
      this.#abandon();
    });
    // A timer cannot wait longer than this; nor does anybody.
    if (head.deadlineMs === 0) this.#expire();
    else if (head.deadlineMs !== undefined && head.deadlineMs < 2 ** 31) this.#deadline = setTimeout(() => this.#expire(), head.deadlineMs);
  }

  /** Finished, cancelled, or late: what is sent from now on goes nowhere. */
  get isOver(): boolean {
    return this.#isOver || this.#stream.closed || this.#stream.destroyed;
  }

  header(name: string): string | undefined {
    const value = this.head.headers[name];
    return Array.isArray(value) ? value.at(-1) : value;
  }

  /** `cancel` is called once when nobody waits for the answer any more: the client has gone or cancelled, or the deadline has passed. */
  onCancel(cancel: () => void): void {
    this.#cancel = cancel;
  }

  /** `see` is shown each message that has come whole, and each that waits to be read from now on. */
  onMessage(see: (message: Uint8Array) => void): void {
    this.#onMessage = see;
  }

  /** `tell` is called whenever something is sent. */
  onSend(tell: () => void): void {
    this.#onSend = tell;
  }

  compressAnswers(level: CompressionLevel): void {
    this.#answerEncoding = encodingForLevel(level, this.header('grpc-accept-encoding'));
  }

  receive(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#stream.on('data', (piece: Buffer) => this.#push(piece));
    this.#stream.once('end', () => this.#isDeaf || this.#take('end'));
  }

  /** Reads no more until as many releases came as holds. */
  hold(): void {
    this.#holds += 1;
    this.#stream.pause();
  }

  release(): void {
    this.#holds -= 1;
    if (this.#holds === 0) this.#stream.resume();
  }

  /** A client that does not read its answers is not read from either, or they would pile up here. */
  send(message: Uint8Array): void {
    if (this.isOver) return;
    if (!this.#stream.headersSent) this.#respond();
    this.#onMessage?.(message);
    this.#onSend?.();
    const hasRoom = this.#write(message);
    if (hasRoom || this.#isDraining) return;
    this.#isDraining = true;
    this.hold();
    this.#stream.once('drain', () => {
      this.#isDraining = false;
      this.release();
    });
  }

  finish(status: GrpcStatus): void {
    if (this.isOver) return;
    this.#isOver = true;
    this.#onSend?.();
    const trailers = trailersOf(status);
    const stream = this.#stream;
    if (stream.headersSent) {
      stream.once('wantTrailers', () => {
        stream.sendTrailers(trailers);
        closeEarly(stream);
      });
      stream.end();
    } else {
      respondWhole(stream, { ':status': 200, 'content-type': 'application/grpc', ...trailers });
      closeEarly(stream);
    }
  }

  #push(piece: Buffer): void {
    if (this.#isOver || this.#isDeaf) return;
    try {
      for (const message of this.#reader.push(piece)) this.#take(message);
    } catch (thrown) {
      if (!(thrown instanceof TooLarge)) throw thrown;
      // To Triton it is as if no more messages came.
      this.#isDeaf = true;
      this.#take('end');
    }
  }

  #take(message: Message | 'end'): void {
    const { encoding } = this.head;
    if (this.#isOver) return;
    if (this.#backlog !== undefined) this.#backlog.push(message);
    else if (message === 'end') this.#receiver?.end();
    else if (message.isCompressed && encoding !== 'identity') void this.#decompress(message.bytes, encoding);
    else {
      this.#onMessage?.(message.bytes);
      this.#receiver?.message(message.bytes);
    }
  }

  async #decompress(bytes: Uint8Array, encoding: 'gzip' | 'deflate'): Promise<void> {
    const backlog: (Message | 'end')[] = [];
    this.#backlog = backlog;
    this.hold();
    const whole = await decompressed(bytes, encoding, openedBytesMax).catch(() => undefined);
    this.#backlog = undefined;
    if (whole === undefined) {
      this.#fail({ code: statusCodes.internal, says: `Unexpected error decompressing data for algorithm ${encoding}` });
    } else {
      this.#take({ isCompressed: false, bytes: whole });
      for (const message of backlog) this.#take(message);
    }
    this.release();
  }

  #respond(): void {
    const head: Record<string, string | number> = {
      ':status': 200,
      'content-type': 'application/grpc',
      'grpc-accept-encoding': acceptedEncodings,
    };
    if (this.#answerEncoding !== 'identity') head['grpc-encoding'] = this.#answerEncoding;
    beginResponse(this.#stream, head);
  }

  #write(message: Uint8Array): boolean {
    const smaller = compressed(message, this.#answerEncoding);
    const body = smaller ?? message;
    const isCopied = body.length <= copiedBytesMax;
    const head = Buffer.allocUnsafe(isCopied ? 5 + body.length : 5);
    head[0] = smaller === undefined ? 0 : 1;
    head.writeUInt32BE(body.length, 1);
    if (isCopied) {
      head.set(body, 5);
      return this.#stream.write(head);
    }
    this.#stream.write(head);
    return this.#stream.write(body);
  }

  #expire(): void {
    // A client that does not read would never get to see a status.
    if (this.#isOver || this.#stream.writableNeedDrain) this.#stream.close(constants.NGHTTP2_CANCEL);
    else this.#fail({ code: statusCodes.deadlineExceeded, says: 'Deadline Exceeded' });
  }

  #fail(status: GrpcStatus): void {
    const cancel = this.#isOver ? undefined : this.#cancel;
    this.finish(status);
    cancel?.();
  }

  /** The stream is closing. When the call was not over by then, its client is not there any more. */
  #abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream.resume();
    this.#cancel?.();
  }
}
