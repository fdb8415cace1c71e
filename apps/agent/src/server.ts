import { backoffMs } from '#core/base/backoff.ts';
import { short } from '#core/base/digest.ts';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { type Reason, reason } from '#core/base/reason.ts';
import type { Ms } from '#core/base/time.ts';
import type { AgentWorld, Endpoint, Exit, Running } from '#core/ports/agent.ts';
import type { PoolTarget } from '#core/ports/targets.ts';
import type { Server, ServerState } from '#core/rollout/known.ts';
import type { ServerSample } from '#core/signals/sample.ts';
import { load, type Subject } from './load.ts';
import { freshen, type Prover, prove } from './proof.ts';
import type { Record } from './record.ts';
import type { AgentSettings } from './settings.ts';
import { ServerCounts } from './server-counts.ts';
import { tellingLine } from './telling-line.ts';
import { aborted } from './waiting.ts';

/** What a server needs of the agent that it belongs to. */
export type Surroundings = {
  readonly world: AgentWorld;
  readonly settings: AgentSettings;
  readonly record: Record;
  /** People who watch the model should look again. */
  changed(): void;
  /** Publishes the endpoints as they are from now on. Resolves when the world knows, or after a while. */
  publish(): Promise<void>;
  /** Something is tried on the model: its counters are wanted often. */
  isOnTrial(): boolean;
};

type Failure = { readonly kind: Extract<ServerState, { is: 'failed' }>['kind']; readonly why: Reason; readonly isFinal: boolean };

/** One server: fetched, started, proven, kept fresh, started again after a crash, until it retires. */
export class KeptServer {
  readonly id: string;
  /** What it should be made of; a newer target of the same serving digest counts from the next start on. */
  target: PoolTarget;
  readonly #around: Surroundings;
  readonly #counts: ServerCounts;
  readonly #retired = new AbortController();
  #life = new AbortController();
  #nap = new AbortController();
  #state: ServerState = { is: 'starting', says: 'about to start' };
  #running: Running | 'none' = 'none';
  #incarnation = 'not-started';
  #restarts = 0;
  #isLoaded = false;
  #wasProven = false;

  constructor(id: string, target: PoolTarget, around: Surroundings) {
    this.id = id;
    this.target = target;
    this.#around = around;
    this.#counts = new ServerCounts(id, around.world, around.settings);
  }

  /** Keeps it running until it retires. A bug of ours parks this server alone. */
  async keep(): Promise<void> {
    const { world } = this.#around;
    try {
      await this.#keepStarting();
    } catch (thrown) {
      world.log(`PAGE ${this.id} is parked, a bug of ours: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
      this.#life.abort();
      this.#fail({ kind: 'crash', why: reason('agent/bug', `the agent itself failed: ${wordsOf(thrown)}`), isFinal: true });
      await aborted(this.#retired.signal);
    }
    await this.#leave();
  }

  /** Takes it out of traffic at once; `keep` then ends it. */
  retire(): void {
    this.#retired.abort();
    this.#life.abort();
    this.#nap.abort();
  }

  get isRetired(): boolean {
    return this.#retired.signal.aborted;
  }

  /** Reads the counters soon, and often from now on if that is how it is. */
  hurry(): void {
    this.#nap.abort();
  }

  seen(): Server {
    const { pool, model, serving, gpuClass } = this.target;
    const { world, settings } = this.#around;
    const isUp = this.#state.is === 'proven' && this.#running !== 'none';
    return {
      id: this.id,
      incarnation: this.#incarnation,
      node: world.node,
      model,
      pool,
      serving,
      gpuClass,
      state:
        this.isRetired && isUp
          ? {
              is: 'starting',
              says: 'withdrawn: nobody wants it any more',
            }
          : this.#state,
      restarts: this.#restarts,
      http: isUp && this.#running !== 'none' ? this.#running.http : 'none',
      substitution: settings.substitution,
    };
  }

  sample(): ServerSample | 'none' {
    return this.#counts.sample;
  }

  /** Where gateways may send traffic to: only while it is proven. */
  endpoint(): Endpoint | 'none' {
    if (this.isRetired || this.#state.is !== 'proven' || this.#running === 'none') return 'none';
    const { model, pool } = this.target;
    return { server: this.id, incarnation: this.#incarnation, model, pool, http: this.#running.http };
  }

  async #keepStarting(): Promise<void> {
    const { world, settings } = this.#around;
    let failures: Ms[] = [];
    while (!this.isRetired) {
      const failure = await this.#live();
      if (failure === 'retired') return;
      const now = world.clock.now();
      failures = [...failures.filter((at) => now - at < settings.crashWindowMs), now];
      // Bytes that could not be fetched are no crash loop, however often that happens.
      const isLoop = failure.kind !== 'fetch' && failures.length >= settings.crashesMax;
      const isFinal = failure.isFinal || isLoop;
      this.#fail({ ...failure, isFinal });
      await this.#endProcess();
      // One that never was right stays down, for people to see. One that once was comes back as often as the backoff allows.
      if (isFinal && !this.#wasProven) await aborted(this.#retired.signal);
      else
        await world.clock.sleep(
          backoffMs(settings.retry, isFinal ? settings.crashesMax * 2 : failures.length, world.dice),
          this.#retired.signal,
        );
    }
  }

  /** From fetching to the end of the process, or of the wish for it. */
  async #live(): Promise<Failure | 'retired'> {
    this.#life = new AbortController();
    const subject = await this.#start(this.#life.signal);
    if (subject === 'retired' || 'kind' in subject) return subject;
    // A process that ends, ends everything that is done with it, whatever that waits for.
    const { signal } = this.#life;
    const exit = subject.running.exited.then((how) => ({ how }));
    const end = await Promise.race([exit, this.#serve(subject, signal), aborted(signal)]);
    this.#life.abort();
    this.#nap.abort();
    if (end === 'aborted' || end === 'retired') return 'retired';
    return 'how' in end ? this.#failureOf(end.how) : end;
  }

  async #start(signal: AbortSignal): Promise<Subject | Failure | 'retired'> {
    const { world, record } = this.#around;
    const { target } = this;
    let kind: Failure['kind'] = 'fetch';
    this.#says(`fetching release ${short(target.release)}`);
    try {
      const materialised = await Promise.race([world.artifacts.materialise(target), aborted(signal)]);
      if (materialised === 'aborted' || this.isRetired) return 'retired';
      kind = 'load';
      this.#says('starting the runtime');
      const spec = { id: this.id, repository: materialised.repository, model: target.model };
      const isAgain = this.#incarnation !== 'not-started';
      this.#running = await world.runtime.start(spec);
      this.#named(this.#running.incarnation);
      this.#isLoaded = false;
      if (isAgain) this.#restarts += 1;
      record.note(
        isAgain ? 'restart' : 'load',
        isAgain ? 'server/restarted' : 'server/started',
        `${this.id} loads release ${short(target.release)}`,
        [this.#facts()],
      );
      this.#around.changed();
      return { target, materialised, running: this.#running };
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      return { kind, why: reason(thrown.code, wordsOf(thrown)), isFinal: !thrown.isRetryable };
    }
  }

  #named(incarnation: string): void {
    this.#incarnation = incarnation;
    this.#counts.begin(incarnation);
  }

  /** Load, proof, and then watching over it; a server that is un-proven is proven anew, or fails. */
  async #serve(subject: Subject, signal: AbortSignal): Promise<Failure | 'retired'> {
    const { world, settings, record } = this.#around;
    const says = (progress: string): void => this.#says(progress, { isQuiet: true });
    const loaded = await load(subject, world, settings, { says, signal });
    if (signal.aborted) return 'retired';
    if (loaded !== 'loaded') return { kind: 'load', why: loaded, isFinal: true };
    this.#isLoaded = true;
    this.#named(subject.running.incarnation); // it may have been started on other ports meanwhile
    const probed = (): void => {
      if (!signal.aborted) this.#counts.probed();
    };
    const prover: Prover = { world, settings, signal, probed };
    for (let isFirst = true; ; isFirst = false) {
      this.#says(`proving version, configuration and ${subject.materialised.golden.cases.length} golden answers`);
      const proof = await prove(subject, prover);
      if (signal.aborted) return 'retired';
      if (proof.is !== 'right') return { kind: 'proof', why: proof.why, isFinal: proof.is === 'wrong' };
      if (isFirst) await this.#counts.readFirst(subject, signal);
      if (signal.aborted) return 'retired';
      const at = world.clock.now();
      this.#wasProven = true;
      this.#become({ is: 'proven', at, observed: proof.observed });
      record.note('proven', 'server/proven', `${this.id} is proven: version, configuration and golden answers are as released`, [
        { ...this.#facts(), observed: proof.observed, golden: subject.materialised.golden.cases.length },
      ]);
      world.log(`${this.id} is proven`);
      const why = await this.#watchOver(subject, prover, signal);
      if (signal.aborted || why === 'aborted') return 'retired';
      record.note('un-proven', 'server/un-proven', `${this.id} is withdrawn: ${why.says}`, [{ ...this.#facts(), why }]);
      world.log(`${this.id} is withdrawn: ${why.says}`);
    }
  }

  /** Reads counters and looks after freshness, one after the other, so that a sample never counts half a probe. */
  async #watchOver(subject: Subject, prover: Prover, signal: AbortSignal): Promise<Reason | 'aborted'> {
    const { world, settings } = this.#around;
    let asked = this.#counts.askedByOthers;
    let dueAt = world.clock.now() + settings.freshMs;
    for (let number = 1; !signal.aborted; ) {
      const before = this.#counts.askedByOthers;
      await this.#counts.read(subject, signal);
      const isMoving = this.#counts.askedByOthers !== before || this.#around.isOnTrial();
      if (world.clock.now() >= dueAt && !signal.aborted) {
        const stale = await freshen(subject, { number, isIdle: this.#counts.askedByOthers === asked }, prover);
        if (stale !== 'none') return stale;
        asked = this.#counts.askedByOthers;
        number += 1;
        dueAt = world.clock.now() + settings.freshMs;
      }
      this.#nap = new AbortController();
      // Counters may show a probe a moment after its answer, so there is always a pause between the two.
      if (!signal.aborted)
        await world.clock.sleep(isMoving || this.#around.isOnTrial() ? settings.sampleMs : settings.idleSampleMs, this.#nap.signal);
    }
    return 'aborted';
  }

  /** A process that ended while it loaded has refused, unless somebody ended it from outside, or it has loaded the same bytes before. */
  #failureOf({ code, signal, says }: Exit): Failure | 'retired' {
    if (this.isRetired) return 'retired';
    const line = tellingLine(says.split('\n'));
    const how = signal === null ? `with exit code ${code}` : `by signal ${signal}`;
    const words = `the process ended ${how}${line === 'none' ? '' : `: ${line}`}`;
    const isFromOutside = signal !== null && ['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'].includes(signal);
    return !this.#isLoaded && !this.#wasProven && !isFromOutside
      ? { kind: 'load', why: reason('load/ended', words), isFinal: true }
      : { kind: 'crash', why: reason('server/crashed', words), isFinal: false };
  }

  #fail({ kind, why, isFinal }: Failure): void {
    const { world, record } = this.#around;
    this.#become({ is: 'failed', kind, why, isFinal });
    const says = `${this.id} failed (${kind}): ${why.says}${isFinal ? '' : '; tried again'}`;
    record.note('failed', 'server/failed', says, [{ ...this.#facts(), kind, why, isFinal }]);
    world.log(says);
  }

  async #leave(): Promise<void> {
    const { world, settings, record, publish } = this.#around;
    if (this.#running !== 'none') {
      await publish();
      await world.clock.sleep(settings.withdrawMs);
      await this.#endProcess();
      record.note('unload', 'server/unloaded', `${this.id} is unloaded`, [this.#facts()]);
    }
  }

  async #endProcess(): Promise<void> {
    const running = this.#running;
    this.#running = 'none';
    if (running === 'none') return;
    try {
      await running.stop(this.#around.settings.stopGraceMs);
    } catch (thrown) {
      if (!(thrown instanceof Fault)) throw thrown;
      this.#around.world.log(`${this.id} could not be stopped cleanly: ${wordsOf(thrown)}`);
    }
  }

  #facts(): { [key: string]: string } {
    const { pool, release, serving, gpuClass } = this.target;
    return {
      server: this.id,
      incarnation: this.#incarnation,
      pool,
      release,
      serving,
      gpuClass,
      substitution: this.#around.settings.substitution,
    };
  }

  #says(progress: string, { isQuiet } = { isQuiet: false }): void {
    if (isQuiet) this.#state = { is: 'starting', says: progress };
    else this.#become({ is: 'starting', says: progress });
  }

  /** The one place where a state changes, so that gateways and watchers hear of each change. */
  #become(state: ServerState): void {
    const wasProven = this.#state.is === 'proven';
    this.#state = state;
    if (wasProven || state.is === 'proven') void this.#around.publish();
    this.#around.changed();
  }
}
