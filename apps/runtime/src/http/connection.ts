import type { Socket } from 'node:net';
import type { Answer } from './answer.ts';
import { ChunkedBody } from './chunked-body.ts';
import { readHead, type RequestHead } from './request-head.ts';
import { writeHead } from './response-head.ts';

/** One request, with its whole body. */
export type HttpRequest = Pick<RequestHead, 'method' | 'path' | 'headers'> & {
  readonly body: Buffer;
  /**
   * To be called when the body of an inference is about to be read. Whoever is answered before, and whatever is no inference, waits with what it
   * sent behind for its own next bytes. So it is with Triton, which reads on by itself only where it had paused.
   */
  taken(): void;
};

export type HttpHandler = {
  answer(request: HttpRequest): Promise<Answer>;
  readonly bytesMax: number;
  /** What is said of a body that is larger than that, before the connection is closed. */
  readonly tooLarge: Answer;
  /** No more requests after this one. */
  isStopping(): boolean;
};

/**
 * One connection of a client: requests one after the other, each answered before the next is read. That the client has gone is noticed when
 * it is answered, and no sooner: Triton does not read meanwhile, so a request whose caller went is computed all the same. Seen on 2.51.0.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #handler: HttpHandler;
  #unread: Buffer = Buffer.alloc(0);
  #head: RequestHead | undefined;
  #chunks: ChunkedBody | undefined;
  /** Pieces of a body of known length. */
  #pieces: Buffer[] = [];
  #have = 0;
  #state: 'reading' | 'answering' | 'deaf' = 'reading';
  #isHalfClosed = false;
  /** Whether the present request was answered where it was read. */
  #isAtOnce = true;

  constructor(socket: Socket, handler: HttpHandler) {
    this.#socket = socket;
    this.#handler = handler;
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.on('end', () => this.#halfClosed());
    // A broken connection also closes.
    socket.on('error', () => undefined);
  }

  get isIdle(): boolean {
    return this.#state !== 'answering' && this.#head === undefined;
  }

  #take(bytes: Buffer): void {
    if (this.#state === 'deaf') return;
    if (this.#state === 'answering') {
      this.#unread = Buffer.concat([this.#unread, bytes]);
      if (this.#unread.length > unreadMax) this.#socket.pause();
      return;
    }
    this.#read(bytes);
  }

  #halfClosed(): void {
    this.#isHalfClosed = true;
    if (this.#state !== 'answering') this.#socket.end();
  }

  #read(bytes: Buffer): void {
    if (!this.#head) {
      const unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
      // An empty line before a request, and a first line without a version, leave libevhtp waiting for ever.
      if ((unread[0] === 13 && unread[1] === 10) || unread[0] === 10 || isOfNoVersion(unread)) {
        this.#state = 'deaf';
        return;
      }
      const end = unread.indexOf('\r\n\r\n');
      if (end < 0) {
        if (unread.length > headMax || isHopeless(unread)) this.#socket.destroy();
        this.#unread = unread;
        return;
      }
      const head = readHead(unread.toString('latin1', 0, end));
      if (!head) {
        this.#socket.destroy();
        return;
      }
      this.#begin(head);
      this.#readBody(unread.subarray(end + 4));
    } else this.#readBody(bytes);
  }

  #begin(head: RequestHead): void {
    this.#head = head;
    this.#unread = Buffer.alloc(0);
    this.#chunks = head.body === 'chunked' ? new ChunkedBody() : undefined;
    this.#pieces = [];
    this.#have = 0;
    if (head.headers.has('expect')) this.#socket.write('HTTP/1.1 100 Continue\r\n\r\n');
  }

  #readBody(bytes: Buffer): void {
    const head = this.#head as RequestHead;
    if (this.#chunks) {
      const taken = this.#chunks.take(bytes);
      if (taken === 'bad') this.#socket.destroy();
      else if (this.#chunks.length > this.#handler.bytesMax) this.#refuseBody(head);
      else if (taken !== 'more') this.#dispatch(head, joined(this.#chunks.pieces), taken.behind);
      return;
    }
    const length = head.body as number;
    if (length > this.#handler.bytesMax) {
      this.#refuseBody(head);
      return;
    }
    const left = length - this.#have;
    this.#pieces.push(bytes.length > left ? bytes.subarray(0, left) : bytes);
    this.#have += Math.min(left, bytes.length);
    if (this.#have === length) this.#dispatch(head, joined(this.#pieces), bytes.subarray(left));
  }

  #refuseBody(head: RequestHead): void {
    this.#state = 'deaf';
    const { tooLarge } = this.#handler;
    this.#socket.end(Buffer.concat([writeHead(head, tooLarge, { isLast: true }), bytesOf(tooLarge)]));
  }

  #dispatch(head: RequestHead, body: Buffer, behind: Buffer): void {
    this.#state = 'answering';
    this.#unread = behind;
    const { method, path, headers } = head;
    this.#isAtOnce = true;
    const taken = (): void => {
      this.#isAtOnce = false;
    };
    void this.#handler.answer({ method, path, headers, body, taken }).then((answer) => this.#answer(head, answer));
  }

  #answer(head: RequestHead, answer: Answer): void {
    if (this.#socket.destroyed) return;
    const isLast = this.#handler.isStopping() || wantsToClose(head);
    const body = bytesOf(answer);
    this.#socket.cork();
    this.#socket.write(writeHead(head, answer, { isLast }));
    const isTaken = body.length === 0 || this.#socket.write(body);
    this.#socket.uncork();
    if (isLast) {
      this.#state = 'deaf';
      this.#socket.end();
      return;
    }
    // Who does not read answers is not read from: at most one of them is held.
    if (isTaken || this.#socket.writableLength === 0) this.#next();
    else this.#socket.once('drain', () => this.#next());
  }

  #next(): void {
    this.#state = 'reading';
    this.#head = undefined;
    this.#socket.resume();
    const { length } = this.#unread;
    if (length > 0 && !this.#isAtOnce) {
      const behind = this.#unread;
      this.#unread = Buffer.alloc(0);
      this.#read(behind);
    }
    if (this.#isHalfClosed && this.#state === 'reading') this.#socket.end();
  }
}

/** What a client may send ahead while it is answered, and how long a head may be: bytes. */
const unreadMax = 64 * 1024;
const headMax = 1024 * 1024;

/**
 * What can no more become a request is not waited for: it begins with a method in capitals, its lines end with both characters,
 * and those behind the first have a name and a colon. */
function isHopeless(unread: Buffer): boolean {
  const text = unread.toString('latin1');
  if (text === '\r') return false;
  if (!/^[A-Z]+( |$)/.test(text.slice(0, 16)) || /\r[^\n]/.test(text)) return true;
  for (let at = unread.indexOf('\n'); at >= 0; at = unread.indexOf('\n', at + 1)) if (unread[at - 1] !== 13) return true;
  // A line is judged when the next one has begun.
  const whole = text.split('\r\n').slice(1, text.endsWith('\r\n') ? -2 : -1);
  return whole.some((line) => !/^[ \t]/.test(line) && line.indexOf(':') <= 0);
}

const isOfNoVersion = (unread: Buffer): boolean => /^[A-Z]+ +\/[^ \r\n]*\r\n/.test(unread.toString('latin1', 0, partShown));
const partShown = 512;

/** Only these very words count. */
function wantsToClose({ version, connection }: RequestHead): boolean {
  return version.major === 1 && version.minor === 0
    ? !connection.includes('keep-alive')
    : connection.some((value) => /^[Cc]lose$/.test(value));
}

const joined = (pieces: readonly Buffer[]): Buffer => (pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces));

const bytesOf = ({ body }: Answer): Buffer => (typeof body === 'string' ? Buffer.from(body) : body);
