import { Fault } from '#core/base/fault.ts';
import type { ModelName } from '#core/base/names.ts';
import type { Ms } from '#core/base/time.ts';
import type { Clock, Fleet, Trials } from '#core/ports/control.ts';
import type { PoolTarget, TrialTarget } from '#core/ports/targets.ts';
import type { Server, TrialResult } from '#core/rollout/known.ts';
import type { ServerSample } from '#core/signals/sample.ts';

/** An agent as the fleet reaches it. */
export type ReachableAgent = {
  applyPools(model: ModelName, pools: readonly PoolTarget[], generation: number): Promise<void>;
  applyTrials(model: ModelName, trials: readonly TrialTarget[], generation: number): Promise<void>;
  servers(model: ModelName): Server[];
  samples(model: ModelName): ServerSample[];
  results(model: ModelName): TrialResult[];
  watch(changed: (model: ModelName) => void): () => void;
};

/** What happens to each call; the world that owns it decides, and may change its mind at any time. */
export type FleetFaults = {
  /** A read that fails, one that tells what the one before told, or a right one. */
  read(): 'right' | 'stale' | 'fails';
  /** A write that arrives; one that never does; one that does although its answer is lost; one that does so much later. */
  write(): 'arrives' | 'lost' | 'answer-lost' | { lateMs: Ms };
};

/** The fleet of control over one agent in the same process, nastier than any network. */
export class FakeFleet {
  readonly fleet: Fleet;
  readonly trials: Trials;
  faults: FleetFaults = { read: () => 'right', write: () => 'arrives' };
  readonly #clock: Clock;
  readonly #watchers = new Set<(model: ModelName) => void>();
  readonly #models = new Set<ModelName>();
  readonly #told = new Map<string, unknown>();
  #agent: ReachableAgent | 'down' = 'down';
  #unwatch: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    const watch: Fleet['watch'] = (changed) => {
      this.#watchers.add(changed);
      return () => this.#watchers.delete(changed);
    };
    this.fleet = {
      watch,
      apply: (model, pools, generation) => this.#write(model, (agent) => agent.applyPools(model, pools, generation)),
      servers: async (model) => this.#read(`servers ${model}`, (agent) => agent.servers(model)),
      samples: async (model) => this.#read(`samples ${model}`, (agent) => agent.samples(model)),
    };
    this.trials = {
      watch,
      apply: (model, trials, generation) => this.#write(model, (agent) => agent.applyTrials(model, trials, generation)),
      results: async (model) => this.#read(`results ${model}`, (agent) => agent.results(model)),
    };
  }

  /** The agent can be reached from now on; a new life of it takes the place of the one before. */
  connect(agent: ReachableAgent): void {
    this.#unwatch();
    this.#agent = agent;
    this.#unwatch = agent.watch((model) => this.#tell(model));
    for (const model of this.#models) this.#tell(model);
  }

  disconnect(): void {
    this.#unwatch();
    this.#unwatch = () => undefined;
    this.#agent = 'down';
    for (const model of this.#models) this.#tell(model);
  }

  async #write(model: ModelName, deliver: (agent: ReachableAgent) => Promise<void>): Promise<void> {
    this.#models.add(model);
    const fate = this.faults.write();
    if (fate === 'lost') throw unreachable('the request was lost');
    if (typeof fate === 'object') {
      // Whoever wrote has long given up when it arrives, perhaps at a new life of the agent.
      void this.#clock.sleep(fate.lateMs).then(async () => {
        if (this.#agent !== 'down') await deliver(this.#agent).catch(() => undefined);
      });
      throw unreachable('no answer in time');
    }
    if (this.#agent === 'down') throw unreachable('the agent is down');
    await deliver(this.#agent);
    if (fate === 'answer-lost') throw unreachable('the answer was lost');
  }

  #read<T>(key: string, look: (agent: ReachableAgent) => T): T {
    const fate = this.faults.read();
    if (this.#agent === 'down' || fate === 'fails') throw unreachable(fate === 'fails' ? 'no answer in time' : 'the agent is down');
    if (fate === 'stale' && this.#told.has(key)) return this.#told.get(key) as T;
    const seen = look(this.#agent);
    this.#told.set(key, seen);
    return seen;
  }

  #tell(model: ModelName): void {
    for (const changed of this.#watchers) changed(model);
  }
}

function unreachable(says: string): Fault {
  return new Fault('fleet/unreachable', `the agent cannot be reached: ${says}`, { isRetryable: true });
}
