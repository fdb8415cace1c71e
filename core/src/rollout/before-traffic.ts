import { count } from '../base/count.ts';
import { short } from '../base/digest.ts';
import { assert } from '../base/fault.ts';
import { isKnown } from '../base/facet.ts';
import { formatFinding } from '../base/finding.ts';
import { reason } from '../base/reason.ts';
import type { Ms } from '../base/time.ts';
import { partNames, servingDigest } from '../release/release.ts';
import { markAll } from '../signals/window.ts';
import { type Decision, move, orPause, stay } from './decision.ts';
import { goBack } from './going-back.ts';
import type { Desired, ReleaseFacts, Seen, Server } from './known.ts';
import type { Arm, Armed, ModelState, Planned, Trip } from './state.ts';

/** Until a release's own policy is known, its parts may take so long to appear. */
const buildDeadlineMs = 300_000;

export function tripTo(state: ModelState, { release, generation, capacity }: Desired, now: Ms): Decision {
  const trip: Trip = { desired: generation, release, from: state.stable, began: now, since: now, deadline: now + buildDeadlineMs };
  return move(
    { ...state, capacity, rollout: { ...trip, stage: 'build' } },
    reason('rollout/begin', `release ${short(release)} is desired${state.stable === 'none' ? ', there is no stable yet' : ''}`),
    [{ desired: generation, release, from: state.stable === 'none' ? 'none' : state.stable.release }],
  );
}

/** Build: every part is present by digest. */
export function planned(state: ModelState, rollout: Trip & { stage: 'build' }, seen: Seen, now: Ms): Decision {
  if (!isKnown(seen.parts)) return orPause(state, rollout, seen.parts.unknown.says, now);
  const parts = seen.parts.known[rollout.release];
  if (!parts) return orPause(state, rollout, 'the parts were not looked up yet', now);
  if (parts.is !== 'present') {
    const isOver = parts.is === 'corrupt' || now >= rollout.deadline;
    return isOver ? goBack(state, rollout, 'rejected', parts.why, [], now) : stay(state, parts.why);
  }
  const { facts } = parts;
  if (facts.model !== state.model) {
    return goBack(
      state,
      rollout,
      'rejected',
      reason('build/other-model', `this is a release of ${facts.model}, not of ${state.model}`),
      [],
      now,
    );
  }
  return move(
    { ...state, rollout: { ...stageFrom(rollout, facts, now), stage: 'validate', facts } },
    reason('build/present', `every part is present by digest, serving digest ${short(facts.serving)}${changeWords(state, facts)}`),
    [{ parts: facts.parts, changed: changedParts(state, facts), substitutions: facts.policy.substitutions }],
  );
}

/** The parts of a server that are others than stable's. 'none': there is no stable on this GPU class to compare with. */
function changedParts({ stable }: ModelState, { gpuClass, parts }: ReleaseFacts): string[] | 'none' {
  const [from, to] = [stable !== 'none' && stable.gpuClass === gpuClass ? stable.parts : undefined, parts.classes[gpuClass]];
  if (!from || !to) return 'none';
  return (['artifact', 'config', 'runtime', 'engine', 'processing'] as const).filter((part) => from[part] !== to[part]);
}

function changeWords(state: ModelState, facts: ReleaseFacts): string {
  const changed = changedParts(state, facts);
  if (changed === 'none') return '';
  return changed.length === 0 ? ', the servers of stable' : `; other than in stable: ${changed.join(', ')}`;
}

/** Validate: no error findings, room for the arms, and a way back. */
export function armed(state: ModelState, rollout: Planned & { stage: 'validate' }, seen: Seen, now: Ms): Decision {
  const { facts } = rollout;
  if (!isKnown(seen.findings)) return orPause(state, rollout, seen.findings.unknown.says, now);
  const findings = seen.findings.known[rollout.release];
  if (!findings) return orPause(state, rollout, 'the release was not checked yet', now);
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first) {
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    return goBack(state, rollout, 'rejected', reason(first.code, `${formatFinding(first)}${more}`), findings, now);
  }
  const { stable } = state;
  const isSameServing = stable !== 'none' && stable.serving === facts.serving;
  const servers = state.capacity.min;
  const asked = (isSameServing ? 0 : servers) + (isSameServing || stable === 'none' ? 0 : servers);
  const running = [stable, ...state.kept.map(({ arm }) => arm)].reduce((sum, arm) => sum + (arm === 'none' ? 0 : arm.servers), 0);
  if (asked + running > facts.policy.serversMax) {
    const says = `no room: ${running} servers run, the rollout needs ${asked} more, the environment allows ${facts.policy.serversMax}`;
    return goBack(state, rollout, 'rejected', reason('validate/headroom', says), [{ asked, running }], now);
  }
  if (stable !== 'none') {
    if (!isKnown(seen.parts)) return orPause(state, rollout, seen.parts.unknown.says, now);
    const before = seen.parts.known[stable.release];
    if (before?.is !== 'present') {
      const says = `no way back: stable ${short(stable.release)} is not whole in the registry${before ? `: ${before.why.says}` : ''}`;
      return orPause(state, rollout, says, now);
    }
  }
  const candidate: Arm = isSameServing ? { ...stable, release: rollout.release } : newArm(state, facts, servers, 'c');
  const baseline =
    isSameServing || stable === 'none' ? 'none' : { ...stable, pool: poolName(state, stable.serving, stable.gpuClass, 'b'), servers };
  const way = stable === 'none' ? 'no release, a clear 503' : `${short(stable.release)}, all six parts present and warm`;
  return move(
    { ...state, rollout: { ...stageFrom(rollout, facts, now), stage: 'canary', facts, candidate, baseline } },
    reason('validate/sound', `no error findings; room for ${count(asked, 'more server')}; the way back is ${way}`),
    [{ findings, asked, running, serversMax: facts.policy.serversMax, back: stable === 'none' ? 'none' : backPlan(stable) }],
  );
}

/** Canary: every server of candidate and baseline is proven. */
export function proven(state: ModelState, rollout: Armed & { stage: 'canary' }, seen: Seen, now: Ms): Decision {
  if (!isKnown(seen.servers)) return orPause(state, rollout, seen.servers.unknown.says, now);
  const servers = seen.servers.known;
  for (const [arm, name] of [
    [rollout.candidate, 'candidate'],
    [rollout.baseline, 'baseline'],
  ] as const) {
    if (arm === 'none') continue;
    const failed = servers.find(({ pool, state: { is } }) => pool === arm.pool && is === 'failed');
    if (failed?.state.is !== 'failed' || !failed.state.isFinal) continue;
    const why =
      name === 'candidate'
        ? failed.state.why
        : reason('canary/baseline-failed', `the baseline could not be started: ${failed.state.why.says}`);
    return goBack(state, rollout, 'rejected', why, [failed], now);
  }
  const waiting = [rollout.candidate, rollout.baseline]
    .filter((arm) => arm !== 'none')
    .filter((arm) => provenOf(arm, servers).length < arm.servers);
  if (waiting.length > 0) {
    const says = waiting.map((arm) => `${arm.pool}: ${progressOf(arm, servers)}`).join('; ');
    return now < rollout.deadline
      ? stay(state, reason('canary/proving', says))
      : goBack(state, rollout, 'rejected', reason('canary/not-proven', `not proven in time: ${says}`), [], now);
  }
  if (!isKnown(seen.samples)) return orPause(state, rollout, seen.samples.unknown.says, now);
  const ready = [...provenOf(rollout.candidate, servers), ...(rollout.baseline === 'none' ? [] : provenOf(rollout.baseline, servers))];
  const { facts, candidate, baseline } = rollout;
  const marks = markAll(seen.samples.known, facts.policy.gates.p99.limitMs);
  return move(
    { ...state, rollout: { ...stageFrom(rollout, facts, now), stage: 'warmup', facts, candidate, baseline, attempt: 1, marks } },
    reason(
      'canary/proven',
      `proven: version, configuration and golden answers of ${count(ready.length, 'server')}${substitutionsOf(ready)}`,
    ),
    ready.map(({ id, incarnation, pool, state: at, substitution }) => ({ id, incarnation, pool, state: at, substitution })),
  );
}

/** The trip as it enters another stage, with that stage's deadline. */
export function stageFrom({ desired, release, from, began }: Trip, { policy }: ReleaseFacts, now: Ms): Trip {
  return { desired, release, from, began, since: now, deadline: now + policy.deadlineMs };
}

function newArm(state: ModelState, { release, serving, gpuClass, parts, policy }: ReleaseFacts, servers: number, role: string): Arm {
  const classParts = parts.classes[gpuClass];
  assert(classParts, `release ${release} was said to be present, and has no parts for GPU class ${gpuClass}`);
  assert(servingDigest(parts.model, gpuClass, classParts) === serving, `the serving digest of ${release} is not that of its parts`);
  const pool = poolName(state, serving, gpuClass, role);
  return { release, serving, gpuClass, parts: classParts, pool, servers, loadMs: policy.loadMs, edgesMs: policy.edgesMs };
}

/** A pool is named by model, serving digest, GPU class and the generation it is born in: a name is never used for other bytes. */
function poolName({ model, generation }: ModelState, serving: Arm['serving'], gpuClass: string, role: string): string {
  return `${model}~${short(serving)}-${gpuClass}-${generation + 1}${role}`;
}

function provenOf(arm: Arm, servers: readonly Server[]): Server[] {
  return servers.filter(({ pool, serving, state }) => pool === arm.pool && serving === arm.serving && state.is === 'proven');
}

function progressOf(arm: Arm, servers: readonly Server[]): string {
  const mine = servers.filter(({ pool }) => pool === arm.pool);
  if (mine.length === 0) return `none of ${arm.servers} servers has started yet`;
  return mine
    .map(
      ({ id, state }) =>
        `${id} ${state.is === 'proven' ? 'is proven' : state.is === 'starting' ? state.says : `failed: ${state.why.says}`}`,
    )
    .join(', ');
}

function substitutionsOf(servers: readonly Server[]): string {
  const said = [...new Set(servers.map(({ substitution }) => substitution).filter((name) => name !== 'none'))];
  return said.length === 0 ? '' : ` (on ${said.join(', ')})`;
}

/** What a rollback would move, part by part; computed before anything is at risk. */
function backPlan(stable: Arm): Record<string, string> {
  const { parts } = stable;
  const digests = { ...parts, route: 'weights back to the stable pool' } as Readonly<Record<string, unknown>>;
  return Object.fromEntries(partNames.map((name) => [name, String(digests[name])]));
}
