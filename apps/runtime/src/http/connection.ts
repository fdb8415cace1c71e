import type { Socket } from 'node:net';
import type { Answer } from './answer.ts';
import { ChunkedBody } from './chunked-body.ts';
import { Pile } from './pile.ts';
import { readHead, type RequestHead } from './request-head.ts';
import { writeBody, writeContinue, writeHead } from './response-head.ts';

/** One request, with its whole body. */
export type HttpRequest = Pick<RequestHead, 'method' | 'path' | 'headers'> & {
  readonly body: Buffer;
  /** When its head had come, by process.hrtime.bigint(). */
  readonly startedNs: bigint;
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
  #unread = new Pile();
  /** How much of it was looked at for the end of a head. */
  #scanned = 0;
  #head: RequestHead | undefined;
  #startedNs = 0n;
  /** Whether the client waits to be told to send its body. */
  #owesContinue = false;
  #chunks: ChunkedBody | undefined;
  /** What has come of a body of known length. */
  #body = new Pile();
  /** Whoever is `hung` is closed with its next bytes. */
  #state: 'reading' | 'answering' | 'deaf' | 'hung' = 'reading';
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

  get #isAnswering(): boolean {
    return this.#state === 'answering';
  }

  get isIdle(): boolean {
    // Whoever was told that this is the end may keep its side open for ever.
    if (this.#state === 'deaf' && this.#head) return this.#socket.writableFinished;
    return !this.#isAnswering && this.#head === undefined;
  }

  #take(bytes: Buffer): void {
    if (this.#state === 'deaf') return;
    if (this.#state === 'hung') {
      this.#socket.destroy();
      return;
    }
    if (this.#isAnswering) {
      this.#unread.add(bytes);
      if (this.#unread.length > unreadMax) this.#socket.pause();
      return;
    }
    this.#read(bytes);
  }

  #halfClosed(): void {
    this.#isHalfClosed = true;
    if (!this.#isAnswering) this.#socket.end();
  }

  #read(bytes: Buffer): void {
    if (!this.#head) {
      this.#unread.add(bytes);
      const unread = this.#unread.bytes;
      // Of an empty line before a request libevhtp passes over one character, and looks at the rest when more comes.
      if (unread[0] === 13 || unread[0] === 10) {
        if (unread.length > headMax) this.#socket.destroy();
        else this.#keepUnread(unread.subarray(1));
        return;
      }
      const end = unread.indexOf('\r\n\r\n', Math.max(0, this.#scanned - 3));
      if (end < 0) {
        if (unread.length > headMax || isHopeless(unread, this.#scanned)) this.#socket.destroy();
        this.#scanned = unread.length;
        return;
      }
      const text = unread.toString('latin1', 0, end);
      const withoutVersion = firstOfNoVersion.exec(text)?.[0];
      const head = readHead(withoutVersion === undefined ? text : `${withoutVersion} HTTP/0.9${text.slice(withoutVersion.length)}`);
      if (!head || (head.version.major === 0 && withoutVersion === undefined)) {
        this.#socket.destroy();
        return;
      }
      if (withoutVersion !== undefined) {
        // Read to its end, and never answered.
        this.#state = 'hung';
        if (head.headers.has('expect')) this.#socket.write(writeContinue(head));
        return;
      }
      this.#begin(head);
      this.#readBody(unread.subarray(end + 4));
    } else this.#readBody(bytes);
  }

  #begin(head: RequestHead): void {
    this.#head = head;
    this.#startedNs = process.hrtime.bigint();
    this.#keepUnread();
    this.#chunks = head.body === 'chunked' ? new ChunkedBody() : undefined;
    this.#body = new Pile(undefined, head.body === 'chunked' ? 0 : head.body);
    this.#owesContinue = head.headers.has('expect');
  }

  #readBody(bytes: Buffer): void {
    const head = this.#head as RequestHead;
    if (this.#chunks) {
      const taken = this.#chunks.take(bytes, this.#handler.bytesMax);
      if (taken === 'bad') this.#socket.destroy();
      else if (taken === 'too large') this.#refuseBody(head);
      else if (taken === 'more') this.#continue(head);
      else this.#dispatch(head, this.#chunks.bytes, taken.behind);
      return;
    }
    const length = head.body as number;
    if (length > this.#handler.bytesMax) {
      this.#refuseBody(head);
      return;
    }
    const left = length - this.#body.length;
    this.#body.add(bytes.subarray(0, left));
    if (this.#body.length === length) this.#dispatch(head, this.#body.bytes, bytes.subarray(left));
    else this.#continue(head);
  }

  /** Not before what came with the head has been looked at: when that is no body, Triton closes and has not said it yet. */
  #continue(head: RequestHead): void {
    if (this.#owesContinue) this.#socket.write(writeContinue(head));
    this.#owesContinue = false;
  }

  #refuseBody(head: RequestHead): void {
    this.#continue(head);
    this.#state = 'deaf';
    const { tooLarge } = this.#handler;
    this.#socket.write(Buffer.concat([writeHead(head, tooLarge, { isLast: true }), writeBody(tooLarge)]));
    this.#end();
  }

  #dispatch(head: RequestHead, body: Buffer, behind: Buffer): void {
    this.#continue(head);
    this.#state = 'answering';
    this.#keepUnread(behind);
    const { method, path, headers } = head;
    const startedNs = this.#startedNs;
    this.#isAtOnce = true;
    const taken = (): void => {
      this.#isAtOnce = false;
    };
    void this.#handler.answer({ method, path, headers, body, startedNs, taken }).then((answer) => this.#answer(head, answer));
  }

  #answer(head: RequestHead, answer: Answer): void {
    const startedNs = answer.sent && process.hrtime.bigint();
    if (this.#socket.destroyed) return answer.sent?.(startedNs ?? 0n);
    const isLast = this.#handler.isStopping() || wantsToClose(head);
    const isTaken = this.#write(writeHead(head, answer, { isLast }), writeBody(answer));
    if (startedNs !== undefined) answer.sent?.(startedNs);
    if (isLast) {
      this.#state = 'deaf';
      this.#end();
      return;
    }
    // Who does not read answers is not read from: at most one of them is held.
    if (isTaken || this.#socket.writableLength === 0) this.#next();
    else this.#socket.once('drain', () => this.#next());
  }

  /** In one packet where it is small. */
  #write(head: Buffer, body: Buffer): boolean {
    if (body.length <= joinedMax) return this.#socket.write(body.length === 0 ? head : Buffer.concat([head, body]));
    this.#socket.cork();
    this.#socket.write(head);
    const isTaken = this.#socket.write(body);
    this.#socket.uncork();
    return isTaken;
  }

  #keepUnread(bytes?: Buffer): void {
    this.#unread = new Pile(bytes);
    this.#scanned = 0;
  }

  /** Nothing more is said. What still comes is read and forgotten, since closing upon it could take the answer along; but not for ever. */
  #end(): void {
    this.#socket.end(() => {
      const timer = setTimeout(() => this.#socket.destroy(), lingerMs).unref();
      this.#socket.once('close', () => clearTimeout(timer));
    });
  }

  #next(): void {
    this.#state = 'reading';
    this.#head = undefined;
    this.#socket.resume();
    const { length, bytes } = this.#unread;
    // What is more than a client may send ahead is read on in any case, or it would pile up.
    if (length > unreadMax || (length > 0 && !this.#isAtOnce)) {
      this.#keepUnread();
      this.#read(bytes);
    }
    if (this.#isHalfClosed && !this.#isAnswering) this.#socket.end();
  }
}

/** What a client may send ahead while it is answered, and how long a head may be: bytes. */
const unreadMax = 64 * 1024;
const headMax = 1024 * 1024;
/** Up to so many bytes it costs less to copy an answer than to hand it over in two parts. */
const joinedMax = 16 * 1024;
/** How long a client whose last answer is out may keep the connection. */
const lingerMs = 5000;

/**
 * What can no more become a request is not waited for: it begins with a method in capitals, its lines end with both characters, and those
 * behind the first have a name and a colon. Looked at from where the line before `from` begins; one that is too long is no line.
 */
function isHopeless(unread: Buffer, from: number): boolean {
  const start = unread.toString('latin1', 0, 16);
  if (!/^[A-Z_]+( |$)/.test(start)) return true;
  if (from < partShown && !mayBecomeFirst(unread.toString('latin1', 0, partShown))) return true;
  const lineFrom = unread.lastIndexOf('\n', from) < 0 || from === 0 ? 0 : lineBefore(unread, unread.lastIndexOf('\n', from));
  const text = unread.toString('latin1', lineFrom);
  if (/\r[^\n]/.test(text) || /[^\r]\n/.test(text)) return true;
  // A line is judged when the next one has begun.
  const lines = text.split('\r\n');
  const whole = lines.slice(lineFrom === 0 ? 1 : 0, text.endsWith('\r\n') ? -2 : -1);
  // The first has none that it could go on with.
  const isOdd = (line: string, at: number): boolean => ((at === 0 && lineFrom === 0) || !/^[ \t]/.test(line)) && line.indexOf(':') <= 0;
  return whole.some(isOdd) || (lines.at(-1)?.length ?? 0) > lineMax;
}

const lineBefore = (unread: Buffer, lineEnd: number): number => (lineEnd < 2 ? 0 : unread.lastIndexOf('\n', lineEnd - 1) + 1);
/** A name and a value of the longest kind, and more. */
const lineMax = 32 * 1024;

/** Whether what stands where the version belongs may become one. */
function mayBecomeFirst(start: string): boolean {
  const [, version = '', behind = ''] = /^[A-Z_]+ +[^ \r\n]+ +([^ \r\n]+)([ \r]?)/.exec(start) ?? [];
  if (behind !== '') return /^HTTP\/\d{1,3}\.\d{1,3}$/.test(version);
  return 'HTTP/'.startsWith(version) || /^HTTP\/(\d{1,3}|\d{1,3}\.\d{0,3})$/.test(version);
}
const partShown = 512;

const firstOfNoVersion = /^[A-Z_]+ +\/[^ \r\n]*(?=\r\n|$)/;

/** Only these very words count. */
function wantsToClose({ version, connection }: RequestHead): boolean {
  return version.minor === 0 ? !connection.includes('keep-alive') : connection.some((value) => /^[Cc]lose$/.test(value));
}
