import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Dispatcher } from 'undici';
import { short } from '#core/base/digest.ts';
import { wordsOf } from '#core/base/fault.ts';
import type { Ms } from '#core/base/time.ts';
import { again, ended, type Flow, type Sending } from '#core/traffic/flow.ts';
import { type Outcome, outcomeOf } from '#core/traffic/outcome.ts';
import { ownWords } from '#core/traffic/wire.ts';
import { refuse } from './answer.ts';
import { type Body, dropBody } from './body.ts';
import { headersForClient, headersForServer } from './headers.ts';
import type { Upstreams } from './upstreams.ts';

export type ForwardWorld = {
  readonly upstreams: Upstreams;
  /** A clock that never jumps. */
  readonly now: () => Ms;
  readonly deadlineMs: Ms;
  /** A client request of a pool ended; what waits for a drained pool wants to know. */
  readonly onEnded: (flow: Flow, sending: Sending) => void;
};

export type Order = {
  readonly flow: Flow;
  readonly sending: Sending;
  readonly path: string;
  readonly body: Body;
  readonly arrivedAt: Ms;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
};

/** Takes one request to its server and streams the answer back. */
export function forward(order: Order, world: ForwardWorld): void {
  new Exchange(order, world).begin();
}

/** So much of a 500 is looked at to tell a caller's own mistake from the server's. */
const peekBytesMax = 4096;

/** One request and its answer. It ends exactly once: answered, broken, late, or left by the client. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #order: Order;
  readonly #world: ForwardWorld;
  #sending: Sending;
  #deadline: NodeJS.Timeout | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;
  #hasStarted = false;
  #isWaitingForClient = false;
  #status = 0;
  #peeked = '';

  constructor(order: Order, world: ForwardWorld) {
    this.#order = order;
    this.#world = world;
    this.#sending = order.sending;
  }

  begin(): void {
    const { response, arrivedAt } = this.#order;
    const { deadlineMs, now } = this.#world;
    this.#deadline = setTimeout(() => this.#late(), Math.max(0, arrivedAt + deadlineMs - now()));
    response.on('close', () => this.#left());
    this.#dispatch();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#hasStarted = true;
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('nobody waits for this answer any more'));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200 || this.#isOver) return;
    const { response } = this.#order;
    const { arm } = this.#sending;
    this.#status = status;
    const left = headersForClient(headers);
    if (arm !== 'none') {
      left['conch-release'] = short(arm.release);
      left['conch-arm'] = arm.arm;
    }
    response.writeHead(status, left);
    // Whoever streams wants the client to see its first line now, not with the first token.
    if (headers['content-length'] === undefined) response.flushHeaders();
    response.on('drain', () => {
      if (!this.#isWaitingForClient) return;
      this.#isWaitingForClient = false;
      controller.resume();
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    if (this.#status === 500 && this.#peeked.length < peekBytesMax) this.#peeked += chunk.toString('latin1', 0, peekBytesMax);
    if (this.#order.response.write(chunk)) return;
    this.#isWaitingForClient = true;
    controller.pause();
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    const { request, response, body } = this.#order;
    this.#over(outcomeOf(this.#status, this.#peeked), 'answered');
    response.end();
    dropBody(request, body);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    if (this.#isOver) return;
    const { body } = this.#order;
    if (body.is === 'coming' && body.stream.isTooLarge) {
      this.#over('mistake', 'cut');
      return this.#fail('too-large', error.message);
    }
    if (!this.#hasStarted) return isRefusedByUs(error) ? this.#misshapen(error) : this.#again(error);
    this.#over('error', 'unreachable');
    this.#fail('broken', `the server broke off: ${wordsOf(error)}`);
  }

  #dispatch(): void {
    const { path, body, request } = this.#order;
    const headers = headersForServer(request.headers);
    if (body.is === 'coming' && body.length !== 'unknown') headers['content-length'] = String(body.length);
    const sent = body.is === 'none' ? null : body.is === 'here' ? body.bytes : body.stream;
    this.#world.upstreams
      .poolOf(this.#sending.server)
      .dispatch({ path, method: request.method as Dispatcher.HttpMethod, headers, body: sent }, this);
  }

  /** The connection was never made, so the server has seen nothing: another one may be asked, once. */
  #again(error: Error): void {
    const { flow, arrivedAt } = this.#order;
    const now = this.#world.now();
    const isFirst = this.#sending === this.#order.sending;
    const next = isFirst ? again(flow, this.#sending, now - arrivedAt, now) : 'spent';
    if (next !== 'spent') {
      this.#sending = next;
      return this.#dispatch();
    }
    if (isFirst) this.#close();
    else this.#over('error', 'unreachable');
    this.#fail('unreachable', `the server could not be reached: ${wordsOf(error)}`);
  }

  #misshapen(error: Error): void {
    this.#over('mistake', 'cut');
    this.#fail('bad-request', `this request cannot be handed on: ${error.message}`);
  }

  #late(): void {
    if (this.#isOver) return;
    this.#over('error', 'cut');
    this.#controller?.abort(new Error('deadline'));
    this.#fail('timeout', `no answer within ${this.#world.deadlineMs} ms`);
  }

  /** The client went away: the server need not go on. */
  #left(): void {
    if (this.#isOver) return;
    this.#over('mistake', 'cut');
    this.#controller?.abort(new Error('the client went away'));
  }

  #over(outcome: Outcome, way: 'answered' | 'cut' | 'unreachable'): void {
    const { flow, arrivedAt } = this.#order;
    const now = this.#world.now();
    ended(flow, this.#sending, { outcome, durationMs: now - arrivedAt, way }, now);
    this.#close();
  }

  #close(): void {
    this.#isOver = true;
    clearTimeout(this.#deadline);
    this.#world.onEnded(this.#order.flow, this.#sending);
  }

  /** Says what went wrong; once the answer has begun, only breaking it off can say so. */
  #fail(code: 'timeout' | 'unreachable' | 'broken' | 'too-large' | 'bad-request', says: string): void {
    const { request, response, body } = this.#order;
    if (response.headersSent) {
      response.destroy();
    } else {
      refuse(response, code, this.#sending.purpose === 'trial' ? `${ownWords}${says}` : says);
      dropBody(request, body);
    }
  }
}

/** undici found something in the request that HTTP/1.1 cannot say; no server was asked. */
function isRefusedByUs(error: Error): boolean {
  return 'code' in error && (error.code === 'UND_ERR_INVALID_ARG' || error.code === 'UND_ERR_NOT_SUPPORTED');
}
