import { backoffMs } from '#core/base/backoff.ts';
import { Fault, wordsOf } from '#core/base/fault.ts';
import type { ModelName } from '#core/base/names.ts';
import type { AcceptedTargets, AgentWorld } from '#core/ports/agent.ts';
import type { PoolTarget, TrialTarget } from '#core/ports/targets.ts';
import type { Server, TrialResult } from '#core/rollout/known.ts';
import type { ServerSample } from '#core/signals/sample.ts';
import { planServers } from './plan-servers.ts';
import { Publisher } from './publisher.ts';
import { Record } from './record.ts';
import { KeptServer } from './server.ts';
import { type AgentSettings, agentDefaults } from './settings.ts';
import { ModelTrials } from './trials.ts';
import { aborted } from './waiting.ts';

/** The companion of servers: makes them what the pools ask for, proves them, tries them, and says what it sees. */
export type Agent = {
  /** Remembers the targets, then moves towards them. Throws a Fault `generation/old` for an older generation than the newest seen. */
  applyPools(model: ModelName, pools: readonly PoolTarget[], generation: number): Promise<void>;
  applyTrials(model: ModelName, trials: readonly TrialTarget[], generation: number): Promise<void>;
  /** What it sees, once it knows what it had accepted before; until then, and while it ends, a Fault: not knowing is not 'none'. */
  servers(model: ModelName): Server[];
  samples(model: ModelName): ServerSample[];
  results(model: ModelName): TrialResult[];
  /** The newest generation of the model's targets that was seen; 0: none. */
  newest(model: ModelName): number;
  /** Tells which models look different. Returns what ends the watch. */
  watch(changed: (model: ModelName) => void): () => void;
  /** Starts what was accepted before, and works until the signal aborts; then ends every server, and resolves when all have ended. */
  run(signal: AbortSignal): Promise<void>;
};

type KeptModel = { readonly targets: AcceptedTargets; readonly trialsGeneration: number; readonly trials: ModelTrials };

export function agentApp(world: AgentWorld, chosen: Partial<AgentSettings> = {}): Agent {
  const settings: AgentSettings = { ...agentDefaults, ...chosen };
  const ending = new AbortController();
  const models = new Map<ModelName, KeptModel>();
  const servers = new Map<string, { readonly server: KeptServer; readonly ended: Promise<void> }>();
  const turns = new Map<ModelName, Promise<void>>();
  const watchers = new Set<(model: ModelName) => void>();
  const record = new Record(world, settings.retry, ending.signal);
  const publisher = new Publisher(
    world,
    settings.retry,
    () => [...servers.values()].map(({ server }) => server.endpoint()).filter((endpoint) => endpoint !== 'none'),
    ending.signal,
  );
  let isReady = false;

  async function run(signal: AbortSignal): Promise<void> {
    // Servers of a life before this one ended with it.
    await publisher.publish();
    for (const targets of await remembered(signal)) models.set(targets.model, { ...kept(targets.model), targets });
    isReady = true;
    reconcile();
    for (const model of models.keys()) tell(model);
    await aborted(signal);
    isReady = false;
    ending.abort();
    for (const { trials } of models.values()) trials.apply([]);
    for (const { server } of servers.values()) server.retire();
    await Promise.all([...servers.values()].map(({ ended }) => ended));
    await publisher.publish();
    await record.written();
  }

  async function applyPools(model: ModelName, pools: readonly PoolTarget[], generation: number): Promise<void> {
    await inTurn(model, async () => {
      refuseOld(model, generation);
      if (generation === kept(model).targets.poolsGeneration) return;
      const targets = { model, poolsGeneration: generation, pools };
      await world.memory.store(targets);
      models.set(model, { ...kept(model), targets });
      reconcile();
    });
  }

  async function applyTrials(model: ModelName, trials: readonly TrialTarget[], generation: number): Promise<void> {
    await inTurn(model, async () => {
      refuseOld(model, generation);
      const known = kept(model);
      if (generation === known.trialsGeneration) return;
      models.set(model, { ...known, trialsGeneration: generation });
      known.trials.apply(trials);
      for (const { server } of servers.values()) if (server.target.model === model) server.hurry();
      tell(model);
    });
  }

  function reconcile(): void {
    if (!isReady) return;
    const pools = [...models.values()].flatMap(({ targets }) => targets.pools);
    const plan = planServers(
      world.node,
      pools,
      [...servers.values()].map(({ server }) => server),
    );
    for (const id of plan.retire) servers.get(id)?.server.retire();
    for (const { id, target } of plan.keep) {
      const there = servers.get(id)?.server;
      if (there) there.target = target;
    }
    for (const { id, target } of plan.start) start(id, target);
    for (const model of new Set([...plan.start.map(({ target }) => target.model), ...plan.retire.map(modelOf)])) tell(model);
  }

  function start(id: string, target: PoolTarget): void {
    const { model } = target;
    const server = new KeptServer(id, target, {
      world,
      settings,
      record,
      changed: () => tell(model),
      publish: () => publisher.publish(),
      isOnTrial: () => models.get(model)?.trials.isAny ?? false,
    });
    const ended = server
      .keep()
      .then(() => {
        servers.delete(id);
        tell(model);
        reconcile(); // it may be wanted again by now
      })
      .catch((thrown: unknown) => world.log(`PAGE ${id} did not end as it should, a bug of ours: ${wordsOf(thrown)}`))
      .catch(() => undefined); // the world is gone, and with it everybody who could be told
    servers.set(id, { server, ended });
  }

  /** One change of a model's targets at a time, in the order they came. */
  async function inTurn(model: ModelName, work: () => Promise<void>): Promise<void> {
    const before = turns.get(model) ?? Promise.resolve();
    const turn = before.then(() => {
      mustBeReady();
      return work();
    });
    turns.set(
      model,
      turn.catch(() => undefined),
    );
    await turn;
  }

  function mustBeReady(): void {
    if (!isReady) throw new Fault('agent/not-ready', `agent ${world.node} is starting or ending`, { isRetryable: true });
  }

  function refuseOld(model: ModelName, generation: number): void {
    const seen = newest(model);
    if (generation >= seen) return;
    throw new Fault('generation/old', `generation ${generation} of ${model} is older than ${seen}, the newest seen`, {
      isRetryable: false,
    });
  }

  function newest(model: ModelName): number {
    const known = models.get(model);
    return known ? Math.max(known.targets.poolsGeneration, known.trialsGeneration) : 0;
  }

  function kept(model: ModelName): KeptModel {
    const known = models.get(model);
    if (known) return known;
    const trials = new ModelTrials({ world, settings, changed: tell, publishedFor: (pool) => publisher.publishedFor(pool) });
    return { targets: { model, poolsGeneration: 0, pools: [] }, trialsGeneration: 0, trials };
  }

  async function remembered(signal: AbortSignal): Promise<readonly AcceptedTargets[]> {
    for (let failed = 1; !signal.aborted; failed += 1) {
      try {
        return await world.memory.load();
      } catch (thrown) {
        if (!(thrown instanceof Fault)) throw thrown;
        world.log(`the targets accepted before cannot be read yet: ${wordsOf(thrown)}`);
        await world.clock.sleep(backoffMs(settings.retry, failed, world.dice), signal);
      }
    }
    return [];
  }

  function tell(model: ModelName): void {
    for (const changed of watchers) changed(model);
  }

  const modelOf = (id: string): ModelName => servers.get(id)?.server.target.model ?? '';
  const ofModel = (model: ModelName): KeptServer[] => {
    mustBeReady();
    return [...servers.values()].map(({ server }) => server).filter(({ target }) => target.model === model);
  };

  return {
    applyPools,
    applyTrials,
    newest,
    run,
    servers: (model) => ofModel(model).map((server) => server.seen()),
    samples: (model) =>
      ofModel(model)
        .map((server) => server.sample())
        .filter((sample) => sample !== 'none'),
    results(model) {
      mustBeReady();
      return models.get(model)?.trials.results() ?? [];
    },
    watch(changed) {
      watchers.add(changed);
      return () => watchers.delete(changed);
    },
  };
}
