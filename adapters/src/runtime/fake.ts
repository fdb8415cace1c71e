import type { Digest } from '#core/base/digest.ts';
import { Fault } from '#core/base/fault.ts';
import type { Ms } from '#core/base/time.ts';
import type { InferRequest } from '#core/kserve/tensor.ts';
import type { Answer, Exit, Running, Runtime, ServerCounters, ServerSpec } from '#core/ports/agent.ts';
import type { Clock } from '#core/ports/control.ts';
import type { FakeModel, FakeRelease } from '../artifacts/fake.ts';

/** Servers that exist only in memory and in virtual time. The fake Triton client talks to them by URL. */
export class FakeServers implements Runtime {
  readonly name: Runtime['name'];
  readonly #releases: ReadonlyMap<Digest, FakeRelease>;
  readonly #clock: Clock;
  readonly #dice: () => number;
  readonly #servers = new Map<string, FakeServer>();
  #started = 0;

  constructor(world: { releases: ReadonlyMap<Digest, FakeRelease>; clock: Clock; dice: () => number; name?: Runtime['name'] }) {
    this.name = world.name ?? 'embedded';
    this.#releases = world.releases;
    this.#clock = world.clock;
    this.#dice = world.dice;
  }

  async start(spec: ServerSpec): Promise<Running> {
    const found = this.#releases.get(spec.repository.slice('/fake/'.length) as Digest);
    if (!found) throw new Fault('runtime/no-repository', `there is no ${spec.repository}`, { isRetryable: false });
    this.#started += 1;
    const server = new FakeServer(spec, found.model, `i${this.#started}`, this.#clock, this.#dice);
    this.#servers.set(server.http, server);
    void server.exited.then(() => this.#servers.delete(server.http));
    return server;
  }

  /** The servers that run now. */
  running(): FakeServer[] {
    return [...this.#servers.values()];
  }

  at(url: string): FakeServer | undefined {
    return this.#servers.get(url.replace(/\/metrics$/, ''));
  }

  /** What happens to servers when their agent is killed. */
  endAll(): void {
    for (const server of this.running()) server.crash('the agent is gone', 'SIGTERM');
  }
}

/** One made-up process. What it does wrong beyond its model can be set at any time. */
export class FakeServer implements Running {
  readonly id: string;
  readonly incarnation: string;
  readonly http: string;
  readonly metrics: string;
  readonly model: FakeModel;
  readonly exited: Promise<Exit>;
  /** `slower`: times its service time; `isStuck`: takes requests and never answers. */
  readonly wrongs = { isAnswerWrong: false, isVersionLost: false, isStuck: false, slower: 1 };
  readonly #clock: Clock;
  readonly #dice: () => number;
  readonly #over = new AbortController();
  readonly #counters = { succeeded: 0, failed: 0, queueUs: 0, pending: 0 };
  readonly #log: string[] = [];
  #exit: (exit: Exit) => void = () => undefined;
  #isLoaded = false;
  #freeAt: Ms = 0;

  constructor(spec: ServerSpec, model: FakeModel, incarnation: string, clock: Clock, dice: () => number) {
    this.id = spec.id;
    this.incarnation = incarnation;
    this.http = `http://fake.invalid/${incarnation}`;
    this.metrics = `${this.http}/metrics`;
    this.model = model;
    this.#clock = clock;
    this.#dice = dice;
    this.exited = new Promise((resolve) => {
      this.#exit = resolve;
    });
    void this.#live();
  }

  get isLive(): boolean {
    return this.#isLoaded && !this.#over.signal.aborted;
  }

  tail(lines: number): string[] {
    return this.#log.slice(-lines);
  }

  counters(): ServerCounters {
    return { ...this.#counters };
  }

  /** A client request that the simulator answers without letting it wait here. */
  countClient(queueMs: Ms): void {
    this.#counters.succeeded += 1;
    this.#counters.queueUs += queueMs * 1000;
  }

  crash(says: string, signal = 'SIGSEGV'): void {
    this.#end({ code: null, signal, says });
  }

  async stop(graceMs: Ms): Promise<void> {
    const until = this.#clock.now() + graceMs;
    while (this.#counters.pending > 0 && this.#clock.now() < until && !this.#over.signal.aborted) await this.#clock.sleep(20);
    this.#end({ code: 0, signal: null, says: 'ended as asked' });
  }

  /** One request through a queue with one worker. */
  async infer(request: InferRequest, patienceMs: Ms): Promise<Answer> {
    if (!this.isLive) throw unreachable(this.http);
    if (this.#counters.pending >= queueMax) {
      this.#counters.failed += 1;
      return { status: 503, error: 'Exceeds maximum queue size' };
    }
    const now = this.#clock.now();
    const waitMs = Math.max(0, this.#freeAt - now);
    const serviceMs = this.model.serviceMs * this.wrongs.slower * (0.8 + 0.4 * this.#dice());
    this.#freeAt = now + waitMs + serviceMs;
    this.#counters.pending += 1;
    await this.#clock.sleep(this.wrongs.isStuck ? patienceMs : Math.min(waitMs + serviceMs, patienceMs), this.#over.signal);
    this.#counters.pending -= 1;
    if (this.#over.signal.aborted) throw unreachable(this.http);
    if (this.wrongs.isStuck || waitMs + serviceMs > patienceMs) {
      throw new Fault('triton/timeout', `${this.http} did not answer within ${patienceMs} ms`, { isRetryable: true });
    }
    this.#counters.succeeded += 1;
    this.#counters.queueUs += waitMs * 1000;
    const response = this.model.answer(request);
    if (!this.wrongs.isAnswerWrong) return { status: 200, response };
    const outputs = response.outputs.map((output) => ({ ...output, data: [...output.data].reverse() }));
    return { status: 200, response: { ...response, outputs } };
  }

  async #live(): Promise<void> {
    const { model } = this;
    this.#log.push(`loading: ${model.name}`);
    await this.#clock.sleep(model.loadMs, this.#over.signal);
    if (model.diesLoading !== 'none') this.#end({ code: 1, signal: null, says: model.diesLoading });
    this.#isLoaded = true;
    this.#log.push(model.refuses === 'none' ? `successfully loaded '${model.name}'` : `failed to load '${model.name}': ${model.refuses}`);
    if (model.crashEveryMs === 'never') return;
    await this.#clock.sleep(-Math.log(1 - this.#dice()) * model.crashEveryMs, this.#over.signal);
    this.crash('Segmentation fault (a made-up one)');
  }

  #end(exit: Exit): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    this.#exit(exit);
  }
}

export function unreachable(http: string): Fault {
  return new Fault('triton/unreachable', `${http} refuses connections`, { isRetryable: true });
}

const queueMax = 64;
