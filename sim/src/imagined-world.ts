import { type FakeRelease, fakeArtifacts, fakeRelease } from '#adapters/artifacts/fake.ts';
import { type VirtualClock, virtualClock } from '#adapters/clock/virtual.ts';
import { FakeFleet } from '#adapters/fleet/fake.ts';
import { memoryJournal } from '#adapters/journal/memory.ts';
import { fakeMemory } from '#adapters/memory/fake.ts';
import { FakeServers } from '#adapters/runtime/fake.ts';
import { memoryStore } from '#adapters/store/memory.ts';
import { type FakeGateways, fakeGateways, type Reply } from '#adapters/traffic/fake.ts';
import { fakeTriton } from '#adapters/triton/fake.ts';
import { memoryWishes } from '#adapters/wishes/memory.ts';
import { agentApp } from '#apps/agent/src/app.ts';
import { type ControlApp, controlApp } from '#apps/control/src/app.ts';
import type { Digest } from '#core/base/digest.ts';
import { Fault } from '#core/base/fault.ts';
import { reason } from '#core/base/reason.ts';
import { seeded } from '#core/base/seeded.ts';
import type { Ms } from '#core/base/time.ts';
import { type Environment, resolvePolicy } from '#core/contract/policy.ts';
import type { AgentWorld, Endpoint } from '#core/ports/agent.ts';
import type { ControlWorld, Releases, Store, Stored } from '#core/ports/control.ts';
import type { RouteTarget } from '#core/ports/targets.ts';
import { type Life, mortal, mortalAgent } from './mortal.ts';
import type { Cast, Story } from './story.ts';

export const laptop: Environment = {
  environment: 'conch/v1',
  name: 'imagined',
  gpuClass: 'cpu',
  serversMax: 12,
  substitutions: [{ from: 'tritonserver', to: 'embedded' }],
  lookMs: 250,
  leaseMs: 3000,
};

/** The apps in a world made of fakes: one agent, some gateways, one control (or two, when the story is cruel). */
export type ImaginedWorld = {
  readonly clock: VirtualClock;
  readonly gateways: FakeGateways;
  readonly servers: FakeServers;
  readonly store: ReturnType<typeof memoryStore>;
  readonly journal: ReturnType<typeof memoryJournal>;
  readonly wishes: ReturnType<typeof memoryWishes>;
  readonly casts: ReadonlyMap<Digest, Cast & { readonly release: FakeRelease }>;
  /** Routes as they were applied, for the invariants. */
  readonly applied: { readonly route: RouteTarget | 'none'; readonly generation: number }[];
  readonly controls: Set<ControlProcess>;
  readonly dice: () => number;
  startControl(strikes?: number): ControlProcess;
  startAgent(): void;
  killAgent(): void;
  /** Whether calls misbehave from now on. */
  setChaos(isOn: boolean): void;
  reply(server: Endpoint): Reply;
  readonly log: string[];
  /** The newest generation that each incarnation of a gateway was seen to serve. */
  readonly served: Map<string, number>;
  /** When a living control was last seen. */
  controlSeenAt: Ms;
};

export type ControlProcess = { readonly app: ControlApp; readonly life: Life; end(): void };

export function imaginedWorld(story: Story, seed: number): ImaginedWorld {
  const clock = virtualClock(1_000_000);
  const dice = seeded(seed);
  const log: string[] = [];
  const say = (who: string) => (line: string) =>
    log.push(`${((clock.now() - 1_000_000) / 1000).toFixed(2).padStart(7)} s  ${who}: ${line}`);
  const casts = new Map(
    story.releases.map((cast) => {
      const release = fakeRelease(cast);
      return [release.digest, { ...cast, release }] as const;
    }),
  );
  const releases = new Map([...casts].map(([digest, { release }]) => [digest, release]));
  const servers = new FakeServers({ releases, clock, dice: seeded(seed + 1) });
  const triton = fakeTriton(servers);
  const gateways = fakeGateways({ clock, dice: seeded(seed + 2), count: story.gateways });
  const artifacts = fakeArtifacts(releases, clock);
  artifacts.faults.ms = story.chaos.fetchMs;
  const fleet = new FakeFleet(clock);
  const memory = fakeMemory();
  const journal = memoryJournal();
  const kept = memoryStore();
  const wishes = memoryWishes();
  const controls = new Set<ControlProcess>();
  const applied: ImaginedWorld['applied'] = [];
  const { chaos } = story;
  const recorded = story.durationsMs ?? [];
  let request = recorded.length === 0 ? 0 : Math.floor(dice() * recorded.length);
  let isChaotic = false;
  let agent: { life: Life; abort: AbortController } | 'none' = 'none';

  const happens = (chance: number): boolean => isChaotic && dice() < chance;
  fleet.faults = {
    read: () => (happens(chaos.readFails) ? 'fails' : happens(chaos.readStale) ? 'stale' : 'right'),
    write: () =>
      happens(chaos.writeLost) ? (dice() < 0.5 ? 'lost' : 'answer-lost') : happens(chaos.writeLate) ? { lateMs: dice() * 8000 } : 'arrives',
  };

  const controlWorld: ControlWorld = {
    clock,
    wishes,
    store: nastyStore(
      kept,
      () => happens(chaos.storeFails),
      () => happens(chaos.readStale),
    ),
    journal: {
      ...journal,
      append: async (entries) => (happens(chaos.journalFails) ? fail('journal/failed', 'the disk is full') : journal.append(entries)),
    },
    fleet: fleet.fleet,
    trials: fleet.trials,
    traffic: {
      ...gateways,
      async apply(model, route, generation) {
        applied.push({ route, generation });
        if (happens(chaos.writeLost)) return fail('traffic/unreachable', 'no answer in time');
        return gateways.apply(model, route, generation);
      },
      samples: (model) => (happens(chaos.readFails) ? fail('traffic/unreachable', 'no answer in time') : gateways.samples(model)),
      gateways: (model) => (happens(chaos.readFails) ? fail('traffic/unreachable', 'no answer in time') : gateways.gateways(model)),
    },
    releases: releasesOf(casts),
    log: say('control'),
  };

  const world: ImaginedWorld = {
    ...{
      clock,
      gateways,
      servers,
      store: kept,
      journal,
      wishes,
      casts,
      applied,
      controls,
      dice,
      log,
      served: new Map(),
      controlSeenAt: clock.now(),
    },
    setChaos(isOn) {
      isChaotic = isOn;
    },
    startControl(strikes = 0) {
      const abort = new AbortController();
      const life: Life = {
        isDead: false,
        strike: () => strikes > 0 && isChaotic && dice() < strikes,
        died() {
          abort.abort();
          world.controlSeenAt = clock.now();
          controls.delete(process);
          say('sim')('control was killed');
        },
      };
      const app = controlApp(mortal(controlWorld, life));
      const process: ControlProcess = {
        app,
        life,
        end() {
          if (life.isDead) return;
          life.isDead = true;
          life.died();
        },
      };
      controls.add(process);
      void app.run(abort.signal).catch(() => undefined);
      return process;
    },
    startAgent() {
      const abort = new AbortController();
      const life: Life = { isDead: false, strike: () => false, died: () => abort.abort() };
      const agentWorld: AgentWorld = {
        node: 'node-1',
        ...{ clock, artifacts, triton, memory, journal },
        runtime: servers,
        endpoints: gateways.endpoints('node-1'),
        trials: gateways.trials((server, request) => triton.infer(server.http, server.model, request, 5000)),
        dice: seeded(seed + 3),
        log: say('agent'),
      };
      const app = agentApp(mortalAgent(agentWorld, life), { substitution: 'embedded for tritonserver' });
      void app.run(abort.signal).catch(() => undefined);
      fleet.connect(app);
      agent = { life, abort };
    },
    killAgent() {
      if (agent === 'none') return;
      say('sim')('the agent was killed, and its servers with it');
      agent.life.isDead = true;
      agent.life.died();
      fleet.disconnect();
      servers.endAll();
      agent = 'none';
    },
    reply(endpoint) {
      const server = servers.at(endpoint.http);
      if (!server?.isLive) return 'no server';
      const temper = [...casts.values()].find(({ release }) => release.model === server.model)?.temper;
      server.countClient(dice());
      const isLate = temper !== undefined && dice() < temper.late;
      const ok = temper === undefined || dice() >= temper.errors;
      return { ok, durationMs: isLate ? 200 : (recorded[request++ % recorded.length] ?? 2 + dice() * 6) };
    },
  };
  return world;
}

function releasesOf(casts: ImaginedWorld['casts']): Releases {
  return {
    async parts(digest) {
      const cast = casts.get(digest);
      if (!cast) return { is: 'missing', why: reason('registry/missing', `${digest} is not in the registry`) };
      const { release, gpuClass, serving, contract } = cast.release;
      return {
        is: 'present',
        facts: { release: digest, model: release.model, gpuClass, serving, parts: release, policy: resolvePolicy(contract, laptop) },
      };
    },
    findings: async () => [],
  };
}

/** A store that sometimes shows the value before, and sometimes fails: before the write, or after it happened. */
function nastyStore(store: Store, fails: () => boolean, isStale: () => boolean): Store {
  const before = new Map<string, Stored>();
  return {
    models: () => store.models(),
    async load(model) {
      if (fails()) return fail('store/failed', 'the disk does not answer');
      const old = before.get(model);
      return old && isStale() ? old : store.load(model);
    },
    async commit(state, revision) {
      if (fails()) return fail('store/failed', 'the disk is full');
      const now = await store.load(state.model);
      if (now !== 'none') before.set(state.model, now);
      const result = await store.commit(state, revision);
      return fails() ? fail('store/failed', 'no answer of the disk') : result;
    },
  };
}

function fail(code: Fault['code'], says: string): Promise<never> {
  return Promise.reject(new Fault(code, says, { isRetryable: true }));
}
