import { seeded } from '#core/base/seeded.ts';
import type { IncomingHttpHeaders } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import type { Ms } from '#core/base/time.ts';
import { type Figures, Tally } from './figures.ts';

export type LoadRequest = {
  readonly path: string;
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** What a right answer says; without one the answer is neither right nor wrong. */
  readonly label?: string | number;
};

export type LoadOptions = {
  /** Base URL; requests add their paths. */
  readonly url: string;
  readonly bodies: (index: number) => LoadRequest;
  /** Requests a second. */
  readonly rate: number;
  readonly arrival: 'poisson' | 'constant';
  readonly seed: number;
  /** After so many it ends; else when it is stopped. */
  readonly requests?: number;
  /** Reads the label out of an answer of status 200. */
  readonly labelOf?: (answer: Buffer, request: LoadRequest) => string | number | undefined;
  readonly onResult?: (result: LoadResult) => void;
  /** After so long without an answer a request has failed. */
  readonly patienceMs?: Ms;
  readonly connectionsMax?: number;
  /** More at once are not sent and counted as failed: an open loop must not eat the machine that it measures. */
  readonly underWayMax?: number;
};

export type LoadResult = {
  readonly index: number;
  /** From the intended start, so that a slow server cannot hide behind requests that were not sent. */
  readonly ms: Ms;
  /** 'none': there was no answer. */
  readonly status: number | 'none';
  /** Of what failed: status and the gateway's code, or the code of the broken connection. */
  readonly reason: string | 'none';
  readonly says: string;
  readonly arm: string | 'none';
  readonly release: string | 'none';
  readonly is: 'right' | 'wrong' | 'unlabelled';
};

export type Load = {
  /** Everything since the start. */
  figures(): Figures;
  /** The last so many ms, at most a minute. */
  recent(ms: Ms): Figures;
  /** Sends no more; resolves once all that is under way has ended. */
  stop(): Promise<Figures>;
  /** Resolves when the load has ended. */
  readonly done: Promise<Figures>;
};

/** Sends requests on its own schedule whatever comes back, and never twice. */
export function openLoop(options: LoadOptions): Load {
  return new OpenLoop(options);
}

/** The schedule: how long after one request the next one is meant to start, each time that it is asked. */
export function gaps({ rate, arrival, seed }: Pick<LoadOptions, 'rate' | 'arrival' | 'seed'>): () => Ms {
  const dice = seeded(seed);
  return () => (arrival === 'constant' ? 1000 : -1000 * Math.log(1 - dice())) / rate;
}

class OpenLoop implements Load {
  readonly done: Promise<Figures>;
  readonly #options: LoadOptions;
  readonly #pool: Pool;
  /** How long after one request the next one is meant to start. */
  readonly #gap: () => Ms;
  readonly #startedAt = performance.now();
  readonly #tally = new Tally(this.#startedAt);
  #end: (figures: Figures) => void = () => {};
  #timer: NodeJS.Timeout | undefined;
  #index = 0;
  #isStopped = false;
  /** When the next request is meant to start. */
  #nextAt: Ms;

  constructor(options: LoadOptions) {
    this.#options = options;
    const { url, patienceMs = 30_000, connectionsMax = 512 } = options;
    this.#pool = new Pool(url, {
      connections: connectionsMax,
      pipelining: 1,
      allowH2: false,
      headersTimeout: patienceMs,
      bodyTimeout: patienceMs,
      keepAliveTimeout: 4000,
      connect: { timeout: patienceMs },
    });
    this.#gap = gaps(options);
    this.#nextAt = this.#startedAt + this.#gap();
    this.done = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#tick();
  }

  figures(): Figures {
    return this.#tally.figures(performance.now());
  }

  recent(ms: Ms): Figures {
    return this.#tally.recent(performance.now(), ms);
  }

  stop(): Promise<Figures> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#endIfDone();
    return this.done;
  }

  #tick(): void {
    const { requests = Number.POSITIVE_INFINITY } = this.#options;
    while (this.#index < requests && this.#nextAt <= performance.now()) {
      this.#send(this.#index, this.#nextAt);
      this.#index += 1;
      this.#nextAt += this.#gap();
    }
    if (this.#index >= requests) void this.stop();
    else if (!this.#isStopped) this.#timer = setTimeout(() => this.#tick(), Math.max(0, this.#nextAt - performance.now()));
  }

  #send(index: number, meantAt: Ms): void {
    const { bodies, underWayMax = 4096 } = this.#options;
    const request = bodies(index);
    this.#tally.began(performance.now(), meantAt);
    const over = (result: Omit<LoadResult, 'index' | 'ms'>): void => this.#over({ ...result, index, ms: performance.now() - meantAt });
    if (this.#tally.underWay > underWayMax) return over(unanswered('not-sent', `${underWayMax} requests are under way already`));
    const { path, body, headers } = request;
    this.#pool.dispatch(
      { path, method: 'POST', body, headers: { 'content-type': 'application/json', ...headers } },
      new Reading(request, this.#options.labelOf, over),
    );
  }

  #over(result: LoadResult): void {
    this.#tally.ended(performance.now(), result);
    this.#options.onResult?.(result);
    this.#endIfDone();
  }

  #endIfDone(): void {
    if (!this.#isStopped || this.#tally.underWay > 0) return;
    this.#end(this.figures());
    void this.#pool.destroy();
  }
}

/** Reads one answer. */
class Reading implements Dispatcher.DispatchHandler {
  readonly #request: LoadRequest;
  readonly #labelOf: LoadOptions['labelOf'];
  readonly #over: (result: Omit<LoadResult, 'index' | 'ms'>) => void;
  readonly #chunks: Buffer[] = [];
  #status = 0;
  #headers: IncomingHttpHeaders = {};

  constructor(request: LoadRequest, labelOf: LoadOptions['labelOf'], over: (result: Omit<LoadResult, 'index' | 'ms'>) => void) {
    this.#request = request;
    this.#labelOf = labelOf;
    this.#over = over;
  }

  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first, ...more] = this.#chunks;
    const answer = first && more.length === 0 ? first : Buffer.concat(this.#chunks);
    const status = this.#status;
    const isFine = status < 400;
    const refused = this.#headers['conch-refused'];
    this.#over({
      status,
      reason: isFine ? 'none' : refused === undefined ? String(status) : `${status} ${refused}`,
      says: isFine ? '' : answer.toString('utf8', 0, 300),
      arm: one(this.#headers['conch-arm']),
      release: one(this.#headers['conch-release']),
      is: isFine ? this.#judge(answer) : 'unlabelled',
    });
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#over(unanswered('code' in error ? String(error.code) : error.name, error.message));
  }

  #judge(answer: Buffer): LoadResult['is'] {
    const { label } = this.#request;
    if (label === undefined || this.#labelOf === undefined) return 'unlabelled';
    return this.#labelOf(answer, this.#request) === label ? 'right' : 'wrong';
  }
}

function unanswered(reason: string, says: string): Omit<LoadResult, 'index' | 'ms'> {
  return { status: 'none', reason, says, arm: 'none', release: 'none', is: 'unlabelled' };
}

const one = (header: string | string[] | undefined): string => (typeof header === 'string' ? header : 'none');
