import { type Digest, digestOf } from '../base/digest.ts';
import { type Facet, known } from '../base/facet.ts';
import type { Ms } from '../base/time.ts';
import type { Policy } from '../contract/policy.ts';
import type { GoldenScore, LoadScore } from '../gates/gate.ts';
import type { ClassParts } from '../release/release.ts';
import { servingDigest } from '../release/release.ts';
import { edgesWith, type GatewaySample, type ServerSample } from '../signals/sample.ts';
import { decide } from './decide.ts';
import { committed } from './decision.ts';
import type { Desired, Intervention, Known, ReleaseFacts, Seen, Server, TrialResult } from './known.ts';
import { emptyState, type ModelState } from './state.ts';
import { targets } from './targets.ts';

/** How one release behaves in the pretended world of the tests. */
export type Behaviour = {
  readonly errors: number;
  readonly late: number;
  readonly queueMs: number;
  readonly right: number;
  readonly load: 'loads' | 'refuses' | 'never';
  readonly loadTestLate: number;
};

export const good: Behaviour = { errors: 0, late: 0, queueMs: 0.4, right: 98, load: 'loads', loadTestLate: 0 };

export const testPolicy: Policy = {
  steps: [10, 25, 50],
  soakMs: 4000,
  keepMs: 600_000,
  deadlineMs: 180_000,
  gates: {
    p99: { limitMs: 40, allowed: 0.01, requestsMin: 300 },
    errors: { allowed: 0.005, requestsMin: 300 },
    queue: { limitMs: 10, requestsMin: 300 },
    correctness: { accuracy: 0.85, perClass: 0.6, worseThanStable: 0.03 },
  },
  gpuClass: 'cpu',
  serversMax: 12,
  lookMs: 250,
  leaseMs: 10_000,
  substitutions: ['embedded for tritonserver'],
  edgesMs: edgesWith([40]),
  load: { rate: 150, requests: 450, arrival: 'poisson', limitMs: 40 },
  loadMs: 20_000,
};

export function factsOf(name: string, policy: Policy = testPolicy): ReleaseFacts {
  const digest = (part: string): Digest => digestOf(`${name} ${part}`);
  const parts: ClassParts = {
    artifact: digest('artifact'),
    config: digest('config'),
    runtime: digestOf('runtime'),
    engine: 'absent',
    processing: 'absent',
    versions: ['1'],
    image: digest('image'),
  };
  const release = {
    release: 'conch/v1' as const,
    model: 'digits',
    contract: digest('contract'),
    golden: digest('golden'),
    route: digest('route'),
  };
  return {
    release: digest('release'),
    model: 'digits',
    gpuClass: 'cpu',
    serving: servingDigest('digits', 'cpu', parts),
    parts: { ...release, classes: { cpu: parts } },
    policy,
  };
}

/**
 * A world as a value, just real enough for stories about decisions: what is asked for happens at once, and requests are answered
 * as the behaviours say. The simulator (sim/) has the world that misbehaves.
 */
export type Pretended = {
  state: ModelState;
  now: Ms;
  readonly said: string[];
  desire(name: string): void;
  order(verb: Intervention['verb']): void;
  /** Runs passes until nothing is under way, or the time is over. */
  run(forMs: Ms, until?: (state: ModelState) => boolean): ModelState;
  blind: Set<keyof Known>;
  perSecond: number;
};

export function pretend(behaviours: Readonly<Record<string, Behaviour>>, policy: Policy = testPolicy): Pretended {
  const facts = new Map(Object.keys(behaviours).map((name) => [factsOf(name, policy).release, { name, facts: factsOf(name, policy) }]));
  const behaviourOf = (release: Digest): Behaviour => behaviours[facts.get(release)?.name ?? ''] ?? good;
  const orders: Intervention[] = [];
  const gateway = new Map<string, { sample: GatewaySample; server: ServerSample }>();
  let desired: Desired | 'none' = 'none';

  const world: Pretended = {
    state: emptyState('digits'),
    now: 1_000_000,
    said: [],
    blind: new Set(),
    perSecond: 400,
    desire(name) {
      const generation = desired === 'none' ? 1 : desired.generation + 1;
      desired = { model: 'digits', generation, release: factsOf(name).release, placement: 'isolated', capacity: { min: 1, max: 1 } };
    },
    order(verb) {
      const id = `order-${orders.length}`;
      orders.push({ id, verb, target: 'digits', reason: 'a test', actor: 'tester', at: world.now, expiry: world.now + 60_000 });
    },
    run(forMs, until) {
      for (const end = world.now + forMs; world.now < end && !until?.(world.state); ) {
        const decision = decide(world.state, see(), world.now);
        const next = committed(world.state, decision, world.now, world.state.journal.seq);
        if (decision.isMove) world.said.push(decision.because.says);
        const isSettled = next === world.state && next.rollout === 'none';
        world.state = next;
        if (isSettled) break;
        if (!decision.isMove) pass(policy.lookMs);
      }
      return world.state;
    },
  };

  function pass(ms: Ms): void {
    world.now += ms;
    const { route } = targets(world.state);
    if (route === 'none' || route.split === 'none') return;
    for (const { arm, pool, release } of route.arms) {
      const share = (route.split[arm] ?? 0) / 100;
      add(pool, (world.perSecond * share * ms) / 1000, behaviourOf(release));
    }
  }

  function add(pool: string, requests: number, { errors, late, queueMs }: Behaviour, trials = 0): void {
    const before = gateway.get(pool) ?? noRequests(pool);
    const { sample, server } = before;
    const [quick, slow] = [requests * (1 - late), requests * late];
    const counts = sample.durations.counts.map(
      (count, index) => count + (index === 1 ? quick : index === testPolicy.edgesMs.length ? slow : 0),
    );
    gateway.set(pool, {
      sample: {
        ...sample,
        at: world.now,
        requests: sample.requests + requests,
        errors: sample.errors + requests * errors,
        trials: sample.trials + trials,
        durations: { ...sample.durations, counts },
      },
      server: {
        ...server,
        at: world.now,
        succeeded: server.succeeded + requests + trials,
        queueUs: server.queueUs + requests * queueMs * 1000,
      },
    });
  }

  function noRequests(pool: string): { sample: GatewaySample; server: ServerSample } {
    const base = { incarnation: '1', model: 'digits', pool, at: world.now };
    const durations = { edgesMs: testPolicy.edgesMs, counts: [...testPolicy.edgesMs.map(() => 0), 0] };
    return {
      sample: {
        ...base,
        source: 'gateway',
        reader: 'gateway',
        requests: 0,
        errors: 0,
        mistakes: 0,
        diverted: 0,
        trials: 0,
        inFlight: 0,
        durations,
      },
      server: {
        ...base,
        source: 'server',
        reader: 'agent',
        server: `${pool}/0`,
        gpuClass: 'cpu',
        succeeded: 0,
        failed: 0,
        queueUs: 0,
        pending: 0,
        probes: 0,
      },
    };
  }

  function see(): Seen {
    const { pools, trials } = targets(world.state);
    const facet = <Name extends keyof Known>(name: Name, value: Known[Name]): Facet<Known[Name]> =>
      world.blind.has(name)
        ? { unknown: { code: 'test/blind', says: `${name} cannot be seen` }, since: world.now }
        : known(value, world.now);
    for (const { pool } of pools) if (!gateway.has(pool)) gateway.set(pool, noRequests(pool));
    const results = trials.map((trial): TrialResult => {
      const already = sent.get(trial.id);
      if (already) return already;
      const behaviour = behaviourOf(pools.find(({ pool }) => pool === trial.pool)?.release ?? trial.release);
      const requests = trial.kind === 'golden' ? 100 : trial.requests;
      add(trial.pool, 0, behaviour, requests);
      const base = { id: trial.id, model: 'digits', pool: trial.pool, sent: requests, at: world.now };
      const result: TrialResult =
        trial.kind === 'golden'
          ? { ...base, outcome: { is: 'golden', score: goldenScore(behaviour.right) } }
          : { ...base, outcome: { is: 'load', score: loadScore(requests, behaviour.loadTestLate) } };
      sent.set(trial.id, result);
      return result;
    });
    const servers = pools.map(({ pool, release, serving }): Server => serverOf(pool, release, serving));
    const samples = [...gateway.values()].flatMap(({ sample, server }) => [sample, server]);
    return {
      desired: facet('desired', desired),
      interventions: facet('interventions', orders),
      parts: facet('parts', Object.fromEntries([...facts].map(([release, { facts: is }]) => [release, { is: 'present', facts: is }]))),
      findings: facet('findings', Object.fromEntries([...facts.keys()].map((release) => [release, []]))),
      servers: facet('servers', servers),
      trials: facet('trials', results),
      gateways: facet('gateways', [
        { gateway: 'gateway', incarnation: '1', heardAt: world.now, accepted: world.state.generation, inFlight: {} },
      ]),
      samples: facet('samples', samples),
    };
  }

  const sent = new Map<string, TrialResult>();

  function serverOf(pool: string, release: Digest, serving: Digest): Server {
    const { artifact, config } =
      Object.values(facts.get(release)?.facts.parts.classes ?? {})[0] ?? factsOf('?').parts.classes['cpu'] ?? never();
    const observed = {
      artifact,
      config,
      runtime: { name: 'pretended', version: '1' },
      engine: 'absent',
      processing: 'absent',
      versions: ['1'],
    } as const;
    const { load } = behaviourOf(release);
    const why = { code: 'load/refused' as const, says: 'Internal: the file is truncated' };
    return {
      id: `${pool}/0`,
      incarnation: '1',
      node: 'here',
      model: 'digits',
      pool,
      serving,
      gpuClass: 'cpu',
      state:
        load === 'loads'
          ? { is: 'proven', at: world.now, observed }
          : load === 'never'
            ? { is: 'starting', says: 'loading' }
            : { is: 'failed', kind: 'load', why, isFinal: true },
      restarts: 0,
      http: 'http://127.0.0.1:1',
      substitution: 'embedded for tritonserver',
    };
  }

  return world;
}

function goldenScore(right: number): GoldenScore {
  return { cases: 100, right, perClass: { all: { cases: 100, right } }, unanswered: 0 };
}

function loadScore(sent: number, late: number): LoadScore {
  return { sent, errors: 0, late: Math.round(sent * late), firstMs: 3, p50Ms: 2, p99Ms: late > 0 ? 200 : 5, seconds: 3, examples: [] };
}

function never(): never {
  throw new TypeError('the pretended release has no parts');
}
