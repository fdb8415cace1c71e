import { count } from '../base/count.ts';
import { isKnown } from '../base/facet.ts';
import { type Reason, reason } from '../base/reason.ts';
import { formatDuration, type Ms } from '../base/time.ts';
import { absentGates, beginGates, type GateName, gatherAll, judgeAll, nextStepOfAll, type Verdicts } from '../gates/all.ts';
import type { ArmLook, GoldenScore, Look } from '../gates/gate.ts';
import { markAll, nothingCounted, type PoolWindow, since } from '../signals/window.ts';
import { type Decision, move, note, orPause, stay } from './decision.ts';
import { done, gatewaysBehind, goBack, inFlightAt, withoutBaseline } from './going-back.ts';
import type { Known, Seen } from './known.ts';
import { type Arm, type Armed, type Live, type LiveRollout, type ModelState, weightOf } from './state.ts';
import { resultOf, trialsOf } from './trials.ts';

/** The first step with client traffic. A first release has no stable to share with: it takes everything, and only the limits judge it. */
export function enterTraffic(
  state: ModelState,
  warm: { readonly armed: Armed; readonly reference: GoldenScore | 'absent'; readonly says: string; readonly evidence: readonly unknown[] },
  now: Ms,
): Decision {
  const { armed, reference, says, evidence } = warm;
  const live: Live = {
    ...armed,
    reference,
    step: 0,
    opened: 'no',
    lookedAt: now,
    healthyMs: 0,
    marks: {},
    gates: beginGates,
    goldenTry: 0,
  };
  const stage = armed.baseline === 'none' || armed.facts.policy.steps.length === 0 ? 'full-traffic' : 'small-traffic';
  const rollout: LiveRollout = { ...live, stage };
  return move({ ...state, rollout }, reason('warmup/warmed', `${says}; traffic begins at ${weightOf(rollout)} %`), evidence);
}

/** One look at a step: is the route in force, what did the arms do since the last look, and what do the gates say. */
export function judged(state: ModelState, rollout: LiveRollout, seen: Seen, now: Ms): Decision {
  const { gateways, samples, servers, trials } = seen;
  if (!isKnown(gateways)) return orPause(state, rollout, gateways.unknown.says, now);
  if (!isKnown(samples)) return orPause(state, rollout, samples.unknown.says, now);
  if (!isKnown(servers)) return orPause(state, rollout, servers.unknown.says, now);
  if (!isKnown(trials)) return orPause(state, rollout, trials.unknown.says, now);
  const world = { gateways: gateways.known, samples: samples.known, servers: servers.known, trials: trials.known };
  if (rollout.opened === 'no') return opened(state, rollout, world, now);
  const ms = now - rollout.lookedAt;
  const { policy } = rollout.facts;
  if (ms < policy.lookMs * 0.8) return stay(state, reason('traffic/looking', 'the next look is not due yet'));

  const { pools, marks } = since(rollout.marks, world.samples, policy.gates.p99.limitMs);
  const look = lookAt(rollout, pools, world, ms);
  const gates = gatherAll(rollout.gates, look, policy.gates);
  const verdicts = judgeAll(gates, policy.gates);
  const isBroken = which(verdicts, 'invalid') !== undefined;
  const healthyMs = rollout.healthyMs + (isBroken ? 0 : Math.min(ms, policy.lookMs * 2));
  const goldenTry = rollout.goldenTry + (isGoldenBroken(rollout, world.trials) ? 1 : 0);
  const looked: LiveRollout = { ...rollout, marks, gates, lookedAt: now, healthyMs, goldenTry };
  const next: ModelState = { ...state, rollout: looked, verdicts };
  const evidence = [{ gates, verdicts, rules: policy.gates, weight: weightOf(rollout), absent: absentGates(policy.gpuClass) }];

  const failed = which(verdicts, 'fail');
  if (failed)
    return goBack(
      next,
      looked,
      'rolled-back',
      reason(`gate/${failed}`, `gate ${failed} fails: ${verdicts[failed].because}`),
      evidence,
      now,
    );
  if (looked.stage === 'full-traffic' && looked.baseline !== 'none' && inFlightAt([looked.baseline], world.gateways) === 0) {
    return withoutBaseline(next, looked);
  }
  const waits = waitsFor(verdicts, gatewaysBehind(state, world.gateways, policy.leaseMs, now).length);
  if (waits !== 'none') {
    const isOver = now >= rollout.deadline && state.paused === 'no';
    return isOver ? orPause(next, rollout, waits, now) : note(next, reason('traffic/judging', waits));
  }
  if (state.paused !== 'no') return note(next, state.paused);
  if (looked.stage === 'full-traffic' && healthyMs < policy.soakMs) {
    return note(next, reason('full-traffic/soaking', `healthy for ${formatDuration(healthyMs)} of ${formatDuration(policy.soakMs)}`));
  }
  return nextStage(next, looked, reason('gate/passed', `${weightOf(rollout)} %: ${summaryOf(verdicts)}`), evidence, now);
}

/** The step after this one: more weight, everything, or stable. */
export function nextStage(state: ModelState, rollout: LiveRollout, why: Reason, evidence: readonly unknown[], now: Ms): Decision {
  if (rollout.stage === 'full-traffic') return done(state, rollout, why, evidence, now);
  const { policy } = rollout.facts;
  const step = rollout.step + 1;
  const stage = step < policy.steps.length ? 'expand' : 'full-traffic';
  const next: LiveRollout = {
    ...rollout,
    stage,
    step,
    opened: 'no',
    healthyMs: 0,
    gates: nextStepOfAll(rollout.gates),
    since: now,
    deadline: now + policy.deadlineMs,
  };
  return move({ ...state, rollout: next, verdicts: 'none' }, reason(why.code, `${why.says}; next ${weightOf(next)} %`), evidence);
}

/**
 * A step opens when facts say so: a gateway serves this generation, so the candidate may have its share. From then on requests count,
 * against it at once; for it only when every gateway has followed.
 */
function opened(state: ModelState, rollout: LiveRollout, world: World, now: Ms): Decision {
  const { policy } = rollout.facts;
  const isServed = world.gateways.some(({ accepted }) => accepted >= state.generation);
  if (!isServed) return orPause(state, rollout, `no gateway has taken generation ${state.generation} yet`, now);
  const marks = markAll(world.samples, policy.gates.p99.limitMs);
  return note(
    { ...state, rollout: { ...rollout, opened: now, lookedAt: now, marks } },
    reason('traffic/opened', `generation ${state.generation} is in force: looks count from here`),
  );
}

/** What a step cannot go on without: a gate that is not through, or a gateway that has not followed. */
function waitsFor(verdicts: Verdicts, behind: number): string | 'none' {
  const open = which(verdicts, 'invalid') ?? which(verdicts, 'continue');
  if (open) return `gate ${open}: ${verdicts[open].because}`;
  return behind > 0 ? `${count(behind, 'gateway')} still to take the route` : 'none';
}

type World = Pick<Known, 'gateways' | 'samples' | 'servers' | 'trials'>;

function lookAt(rollout: LiveRollout, pools: ReadonlyMap<string, PoolWindow>, { servers, trials, samples }: World, ms: Ms): Look {
  const isFull = rollout.stage === 'full-traffic';
  const armLook = (arm: Arm): ArmLook => {
    const window = pools.get(arm.pool) ?? { ...nothingCounted, pending: 0, readers: 0 };
    const mine = servers.filter(({ pool }) => pool === arm.pool);
    const { requests, errors, late, queueMs, pending } = window;
    // What we sent ourselves is no client traffic: probes go to the server directly, trials through a gateway.
    const succeeded = Math.max(0, window.succeeded - window.probes - window.trials);
    return {
      ...{ requests, errors, late, succeeded, queueMs, pending },
      serversWanted: arm.servers,
      serversProven: mine.filter(({ state }) => state.is === 'proven').length,
      restarts: restartsSince(rollout, arm, samples),
    };
  };
  const plan = trialsOf(rollout);
  const golden = plan === 'none' ? 'none' : resultOf(plan.golden, trials);
  return {
    ms,
    candidate: armLook(rollout.candidate),
    baseline: rollout.baseline === 'none' || isFull ? 'absent' : armLook(rollout.baseline),
    stable: rollout.from === 'none' || isFull ? 'absent' : armLook(rollout.from),
    weight: weightOf(rollout) / 100,
    golden: golden !== 'none' && golden.outcome.is === 'golden' ? golden.outcome.score : 'none',
    reference: rollout.reference,
  };
}

function isGoldenBroken(rollout: LiveRollout, trials: Known['trials']): boolean {
  const plan = trialsOf(rollout);
  const golden = plan === 'none' ? 'none' : resultOf(plan.golden, trials);
  return golden !== 'none' && golden.outcome.is === 'broken';
}

/** Incarnations of the arm's servers that no mark knows: each is a start since the last look. */
function restartsSince({ marks }: LiveRollout, arm: Arm, samples: Known['samples']): number {
  const known = Object.keys(marks);
  return samples.filter((sample) => {
    if (sample.source !== 'server' || sample.pool !== arm.pool) return false;
    return !known.includes(['server', sample.reader, sample.incarnation, sample.pool, sample.server].join('|'));
  }).length;
}

function which(verdicts: Verdicts, says: 'fail' | 'invalid' | 'continue'): GateName | undefined {
  return (Object.keys(verdicts) as GateName[]).find((name) => verdicts[name].says === says);
}

function summaryOf(verdicts: Verdicts): string {
  return (['p99', 'errors', 'queue', 'correctness'] as const).map((name) => verdicts[name].because).join('; ');
}
