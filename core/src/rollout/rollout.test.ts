import { deepStrictEqual, match, ok, strictEqual } from 'node:assert';
import { test } from 'node:test';
import { judgeAll } from '../gates/all.ts';
import { faultsOf } from '../journal/chain.ts';
import { decide } from './decide.ts';
import { factsOf, good, pretend, testPolicy } from './pretend.ts';
import { isLive, type ModelState } from './state.ts';
import { targets } from './targets.ts';

const stableOf = ({ stable }: ModelState): string => (stable === 'none' ? 'none' : stable.release);
const endOf = ({ tried }: ModelState): string => (tried[0] ? `${tried[0].end}: ${tried[0].why.says}` : 'nothing ended');

function withStable(behaviours: Parameters<typeof pretend>[0]): ReturnType<typeof pretend> {
  const world = pretend({ a: good, ...behaviours });
  world.desire('a');
  world.run(600_000);
  strictEqual(stableOf(world.state), factsOf('a').release);
  return world;
}

test('a first release has nothing to share traffic with: it goes from proof to full traffic, and soaks there', () => {
  const world = pretend({ a: good });
  world.desire('a');
  const state = world.run(60_000);
  strictEqual(stableOf(state), factsOf('a').release);
  strictEqual(endOf(state).startsWith('done: '), true);
  deepStrictEqual(targets(state).route, {
    model: 'digits',
    generation: state.generation,
    arms: [{ arm: 'stable', pool: state.stable === 'none' ? '' : state.stable.pool, release: factsOf('a').release }],
    split: { stable: 100 },
    leaseMs: 'none',
    edgesMs: testPolicy.edgesMs,
  });
});

test('a good release goes through every step to stable; the one before stays warm, nothing restarts', () => {
  const world = withStable({ b: good });
  world.desire('b');
  const weights: number[] = [];
  const state = world.run(600_000, ({ rollout }) => {
    if (rollout !== 'none' && isLive(rollout))
      weights.push(rollout.stage === 'full-traffic' ? 100 : (rollout.facts.policy.steps[rollout.step] ?? 0));
    return rollout === 'none' && stableOf(world.state) === factsOf('b').release;
  });
  deepStrictEqual([...new Set(weights)], [10, 25, 50, 100]);
  strictEqual(state.kept[0]?.arm.release, factsOf('a').release);
  strictEqual(targets(state).pools.length, 2);
});

const taken: [string, Partial<typeof good>, RegExp][] = [
  ['slow in the load test', { loadTestLate: 1 }, /^rejected: load test of 450 requests/],
  ['wrong by its labels', { right: 60 }, /^rejected: 60 of 100 golden answers/],
  ['worse than stable', { right: 90 }, /^rejected: 90 of 100 golden answers have the right label; stable has 98/],
  ['not loadable', { load: 'refuses' }, /^rejected: Internal: the file is truncated/],
  ['never ready', { load: 'never' }, /^rejected: not proven in time/],
  ['late under traffic', { late: 0.2 }, /^rolled-back: gate p99 fails/],
  ['failing under traffic', { errors: 0.03 }, /^rolled-back: gate errors fails/],
  ['queueing under traffic', { queueMs: 30 }, /^rolled-back: gate queue fails/],
];
for (const [says, fault, end] of taken) {
  test(`a release that is ${says} never becomes stable, and the end says why`, () => {
    const world = withStable({ bad: { ...good, ...fault } });
    world.desire('bad');
    const state = world.run(600_000);
    strictEqual(stableOf(state), factsOf('a').release);
    match(endOf(state), end);
    strictEqual(targets(state).pools.length, 1);
    strictEqual(decide(state, seenNothing(), world.now).next, state);
  });
}

test('a rollout says which parts of a server are others than in stable', () => {
  const world = withStable({ b: good });
  world.desire('b');
  const told = (): string | undefined => world.state.journal.pending.find(({ code }) => code === 'build/present')?.says;
  world.run(60_000, ({ rollout }) => rollout !== 'none' && rollout.stage === 'validate');
  match(told() ?? '', /, serving digest \w+; other than in stable: artifact, config$/);
});

test('a desired generation is tried once; a person may have it tried again', () => {
  const world = withStable({ bad: { ...good, errors: 0.3 } });
  world.desire('bad');
  world.run(600_000);
  const attempts = (): number => world.said.filter((line) => line.includes('is desired')).length;
  world.run(60_000);
  strictEqual(attempts(), 2);
  world.order('retry');
  world.run(600_000);
  strictEqual(attempts(), 3);
});

test('without traffic nothing passes: at the deadline the rollout pauses, inconclusive, and keeps its weight', () => {
  const world = withStable({ b: good });
  world.perSecond = 0;
  world.desire('b');
  const state = world.run(400_000);
  ok(state.paused !== 'no' && state.paused.code === 'paused/inconclusive');
  ok(state.rollout !== 'none' && state.rollout.stage === 'small-traffic');
});

for (const name of ['samples', 'gateways', 'servers', 'trials'] as const) {
  test(`while ${name} cannot be seen a step neither passes nor fails`, () => {
    const world = withStable({ bad: { ...good, errors: 0.3 } });
    world.desire('bad');
    world.run(60_000, ({ rollout }) => rollout !== 'none' && rollout.stage === 'small-traffic');
    world.blind.add(name);
    const state = world.run(60_000);
    ok(state.rollout !== 'none' && state.rollout.stage === 'small-traffic');
  });
}

test('a person pauses and resumes: a paused rollout keeps its weight, but a failing gate takes it back all the same', () => {
  const world = withStable({ b: good, bad: { ...good, errors: 0.3 } });
  world.desire('b');
  world.run(60_000, ({ rollout }) => rollout !== 'none' && rollout.stage === 'expand');
  world.order('pause');
  const paused = world.run(60_000);
  ok(paused.rollout !== 'none' && paused.rollout.stage === 'expand' && paused.paused !== 'no');
  world.order('resume');
  strictEqual(stableOf(world.run(60_000)), factsOf('b').release);

  world.desire('bad');
  world.run(60_000, ({ rollout }) => rollout !== 'none' && rollout.stage === 'small-traffic');
  world.order('pause');
  match(endOf(world.run(60_000)), /^rolled-back: gate errors/);
});

test('abort and a newer desired generation end a rollout; before traffic it is rejected, with traffic it goes back', () => {
  const world = withStable({ b: good, c: good });
  world.desire('b');
  world.run(60_000, ({ rollout }) => rollout !== 'none' && rollout.stage === 'expand');
  world.order('abort');
  match(endOf(world.run(60_000)), /^aborted: aborted by tester/);
  strictEqual(stableOf(world.state), factsOf('a').release);

  world.desire('b');
  world.run(60_000, ({ rollout }) => rollout !== 'none' && rollout.stage === 'expand');
  world.desire('c');
  const state = world.run(600_000);
  strictEqual(stableOf(state), factsOf('c').release);
  ok(state.tried.some(({ end }) => end === 'superseded'));
});

test('rollback long after: the kept release is stable at once, each part verified; Git is not tried again', () => {
  const world = withStable({ b: good });
  world.desire('b');
  world.run(60_000);
  const pools = targets(world.state).pools.map(({ pool }) => pool);
  world.order('rollback');
  const state = world.run(60_000);
  strictEqual(stableOf(state), factsOf('a').release);
  match(endOf(state), /^rolled-back: rolled back by tester/);
  ok(
    targets(state).pools.every(({ pool }) => pools.includes(pool)),
    'nothing was built',
  );
});

test('an order is obeyed once, and refused with a reason where it makes no sense', () => {
  const world = withStable({});
  world.order('advance');
  world.order('rollback');
  world.run(10_000);
  deepStrictEqual(world.said.slice(-2), [
    'advance was refused: advance skips waiting with traffic, never proof: no step is under way',
    'rollback was refused: no previous release is kept warm; promote the release you want instead',
  ]);
  strictEqual(world.state.obeyed.length, 2);
});

test('a release that differs in nothing a server is made of takes over the running pool', () => {
  const world = withStable({ 'phone number': good });
  const { stable } = world.state;
  ok(stable !== 'none');
  const facts = factsOf('a');
  const renamed = { ...facts, release: factsOf('phone number').release };
  world.state = { ...world.state, stable: { ...stable, release: renamed.release } };
  world.desire('a');
  const state = world.run(60_000);
  strictEqual(stableOf(state), facts.release);
  strictEqual(state.stable === 'none' ? '' : state.stable.pool, stable.pool);
});

test('every move is in the journal, in an unbroken chain, with its generation', () => {
  const world = pretend({ a: good });
  world.desire('a');
  const entries = [];
  for (let seq = 0; ; seq = world.state.journal.seq) {
    world.run(60_000, ({ journal }) => journal.seq > seq);
    if (world.state.journal.seq === seq) break;
    entries.push(...world.state.journal.pending.filter((entry) => entry.seq > seq));
  }
  deepStrictEqual(faultsOf(entries), []);
  deepStrictEqual(
    entries.map(({ code }) => code),
    ['rollout/begin', 'build/present', 'validate/sound', 'canary/proven', 'warmup/warmed', 'rollout/done'],
  );
});

test('a stranger comes to the same verdict from the journal alone', () => {
  const world = withStable({ bad: { ...good, errors: 0.3 } });
  world.desire('bad');
  world.run(60_000, ({ rollout }) => rollout !== 'none' && rollout.stage === 'rollback');
  const entry = world.state.journal.pending.find(({ code }) => code === 'gate/errors');
  const record = JSON.parse(JSON.stringify(entry?.evidence.at(-1)));
  deepStrictEqual(judgeAll(record.gates, record.rules), record.verdicts);
  strictEqual(record.verdicts.errors.says, 'fail');
});

function seenNothing(): Parameters<typeof decide>[1] {
  const facet = { unknown: { code: 'test/blind' as const, says: 'nothing is seen' }, since: 0 };
  return {
    desired: facet,
    interventions: facet,
    parts: facet,
    findings: facet,
    servers: facet,
    trials: facet,
    gateways: facet,
    samples: facet,
  };
}
