import { Fault, wordsOf } from '#core/base/fault.ts';
import type { ModelName } from '#core/base/names.ts';
import { reason } from '#core/base/reason.ts';
import { formatDuration, type Ms } from '#core/base/time.ts';
import type { InferRequest } from '#core/kserve/tensor.ts';
import type { AgentWorld, Answer } from '#core/ports/agent.ts';
import type { TrialTarget } from '#core/ports/targets.ts';
import type { TrialId, TrialResult } from '#core/rollout/known.ts';
import type { PoolId } from '#core/signals/sample.ts';
import { goldenTrial } from './golden-trial.ts';
import { loadTrial } from './load-trial.ts';
import type { AgentSettings } from './settings.ts';
import { aborted } from './waiting.ts';

/** What one kind of trial needs. `infer` sends one request and counts it; no answer is a value here, for every trial scores that too. */
export type Trying = {
  readonly world: AgentWorld;
  readonly settings: AgentSettings;
  readonly signal: AbortSignal;
  infer(trial: TrialTarget, request: InferRequest): Promise<Answer | Fault>;
};

/** What trials need of the agent that sends them. */
export type TrialSurroundings = {
  readonly world: AgentWorld;
  readonly settings: AgentSettings;
  /** How long gateways have known a proven server of the pool. */
  publishedFor(pool: PoolId): Ms | 'never';
  changed(model: ModelName): void;
};

type Run = { readonly trial: TrialTarget; readonly end: AbortController; readonly done: Promise<void>; result: TrialResult };

/** The trials of one model: each is tried once, in the order given, one at a time for each pool. Results stay while the target stands. */
export class ModelTrials {
  readonly #around: TrialSurroundings;
  readonly #runs = new Map<TrialId, Run>();

  constructor(around: TrialSurroundings) {
    this.#around = around;
  }

  apply(trials: readonly TrialTarget[]): void {
    for (const [id, run] of this.#runs) {
      if (trials.some((trial) => trial.id === id)) continue;
      run.end.abort();
      this.#runs.delete(id);
    }
    for (const trial of trials) if (!this.#runs.has(trial.id)) this.#begin(trial);
  }

  /** Some of it was asked for, whether it is done or not. */
  get isAny(): boolean {
    return this.#runs.size > 0;
  }

  results(): TrialResult[] {
    return [...this.#runs.values()].map(({ result }) => result);
  }

  /** Resolves when every trial has ended, or was abandoned. */
  async ended(): Promise<void> {
    await Promise.all([...this.#runs.values()].map(({ done }) => done));
  }

  #begin(trial: TrialTarget): void {
    const { id, model, pool } = trial;
    const before = [...this.#runs.values()].filter((run) => run.trial.pool === pool).map(({ done }) => done);
    const end = new AbortController();
    const result: TrialResult = { id, model, pool, sent: 0, at: this.#around.world.clock.now(), outcome: { is: 'running' } };
    const run: Run = { trial, end, result, done: Promise.all(before).then(() => this.#try(run)) };
    this.#runs.set(id, run);
    void run.done.catch(() => undefined);
  }

  async #try(run: Run): Promise<void> {
    const { world, settings, changed } = this.#around;
    const { trial } = run;
    const { signal } = run.end;
    const say = (more: Partial<TrialResult>): void => {
      run.result = { ...run.result, ...more, at: world.clock.now() };
    };
    const infer: Trying['infer'] = async ({ model, pool }, request) => {
      const answer = await world.trials.infer(model, pool, request, settings.trialPatienceMs).catch(faultOf);
      // What no server could have seen did not go out, and no gateway counts it.
      if (!(answer instanceof Fault && stayedHere.includes(answer.code))) say({ sent: run.result.sent + 1 });
      return answer;
    };
    try {
      const missing = await this.#missingServer(trial.pool, signal);
      if (signal.aborted) return;
      const trying: Trying = { world, settings, signal, infer };
      const tried = (): Promise<TrialResult['outcome']> =>
        trial.kind === 'golden' ? goldenTrial(trial, trying) : loadTrial(trial, trying);
      const outcome = missing === 'none' ? await Promise.race([tried(), aborted(signal)]) : broken(missing);
      if (outcome === 'aborted') return;
      say({ outcome });
    } catch (thrown) {
      if (signal.aborted) return;
      if (!(thrown instanceof Fault))
        world.log(`PAGE trial ${trial.id} is broken, a bug of ours: ${thrown instanceof Error ? thrown.stack : String(thrown)}`);
      say({ outcome: { is: 'broken', why: reason(thrown instanceof Fault ? thrown.code : 'agent/bug', wordsOf(thrown)) } });
    }
    changed(trial.model);
  }

  /** Gateways hear of a server a moment after we have published it; requests that come before say nothing about the model. */
  async #missingServer(pool: PoolId, signal: AbortSignal): Promise<string | 'none'> {
    const { world, settings, publishedFor } = this.#around;
    const until = world.clock.now() + settings.trialStartMs;
    while (!signal.aborted) {
      const ms = publishedFor(pool);
      if (ms !== 'never' && ms >= settings.trialSettleMs) return 'none';
      if (world.clock.now() >= until) return `no proven server in pool ${pool} for ${formatDuration(settings.trialStartMs)}`;
      await world.clock.sleep(ms === 'never' ? settings.startPollMs : Math.max(1, settings.trialSettleMs - ms), signal);
    }
    return 'none';
  }
}

const stayedHere: readonly string[] = ['triton/no-gateway', 'triton/no-server'];

function faultOf(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  throw thrown;
}

const broken = (says: string): TrialResult['outcome'] => ({ is: 'broken', why: reason('trial/no-server', says) });
