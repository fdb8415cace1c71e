import { count } from '../base/count.ts';
import { short } from '../base/digest.ts';
import { isKnown } from '../base/facet.ts';
import { type Reason, reason } from '../base/reason.ts';
import type { Ms } from '../base/time.ts';
import { type Decision, move, note, stay } from './decision.ts';
import type { GatewaySeen, Observed, Seen, Server } from './known.ts';
import {
  type Arm,
  type Armed,
  type End,
  type Ended,
  isLive,
  type Live,
  type ModelState,
  type Return,
  type ReturningRollout,
  type Rollout,
} from './state.ts';

/** Requests under way at the old pools may take so long before they are given up. */
const drainMs = 30_000;
const triedMax = 20;
/** Previous pools that stay warm. One is what a rollback needs. */
const keptMax = 1;

/** Ends a trip: with traffic it goes back through Rollback and PreviousGood, without it is Rejected. */
export function goBack(
  state: ModelState,
  rollout: Exclude<Rollout, ReturningRollout>,
  end: End,
  why: Reason,
  evidence: readonly unknown[],
  now: Ms,
): Decision {
  const { desired, release, began } = rollout;
  const own = 'candidate' in rollout ? [rollout.candidate, rollout.baseline].filter((arm) => arm !== 'none') : [];
  const bad = own.filter(({ pool }) => state.stable === 'none' || pool !== state.stable.pool);
  const leaseMs = isLive(rollout) ? rollout.facts.policy.leaseMs : ('none' as const);
  const back = { desired, release, good: state.stable, bad, began, since: now, deadline: now + drainMs, why, end, leaseMs };
  const stage = isLive(rollout) ? 'rollback' : 'rejected';
  return move({ ...state, paused: 'no', rollout: { ...back, stage } }, why, evidence);
}

/** Rollback: every gateway has left the old pools and their last requests have ended. Rejected: the candidate's servers are gone. */
export function settled(state: ModelState, rollout: Return & { stage: 'rollback' | 'rejected' }, seen: Seen, now: Ms): Decision {
  const isLate = now >= rollout.deadline;
  if (rollout.stage === 'rejected') {
    if (!isKnown(seen.servers)) return isLate ? ended(state, rollout, [{ left: 'unknown' }], now) : stay(state, seen.servers.unknown);
    const left = seen.servers.known.filter(({ pool }) => rollout.bad.some((arm) => arm.pool === pool));
    if (left.length > 0 && !isLate)
      return stay(state, reason('rejected/retiring', `${count(left.length, 'server')} of the candidate still ending`));
    return ended(state, rollout, left.length > 0 ? [{ left: left.map(({ id }) => id) }] : [], now);
  }
  if (!isKnown(seen.gateways)) return stay(state, seen.gateways.unknown);
  const behind = gatewaysBehind(state, seen.gateways.known, rollout.leaseMs, now);
  if (behind.length > 0)
    return stay(state, reason('rollback/acknowledging', `${count(behind.length, 'gateway')} still to acknowledge weight 0`));
  const under = inFlightAt(rollout.bad, seen.gateways.known);
  if (under > 0 && !isLate) return stay(state, reason('rollback/draining', `${under} requests are still under way at the candidate`));
  return move(
    { ...state, rollout: { ...rollout, stage: 'previous-good', since: now, deadline: now + drainMs } },
    reason('rollback/returned', 'every gateway has acknowledged: traffic is back'),
    [{ gateways: seen.gateways.known, underWay: under }],
  );
}

/** PreviousGood: each of the six parts is verified by what is observed. What cannot be verified pages; nothing is assumed. */
export function verified(state: ModelState, rollout: Return & { stage: 'previous-good' }, seen: Seen, now: Ms): Decision {
  if (!isKnown(seen.servers)) return stay(state, seen.servers.unknown);
  if (!isKnown(seen.gateways)) return stay(state, seen.gateways.unknown);
  const checks = verifyParts(state, rollout, seen.servers.known, seen.gateways.known, now);
  const open = checks.filter(({ isVerified }) => !isVerified);
  if (open.length === 0) return ended(state, rollout, [{ parts: checks }], now);
  const says = open.map(({ part, says: words }) => `${part}: ${words}`).join('; ');
  if (now < rollout.deadline || state.paused !== 'no') return stay(state, reason('previous-good/verifying', says));
  const why = reason('page/previous-good-unverified', `after the rollback not every part could be verified: ${says}`);
  return move({ ...state, paused: why }, why, [{ parts: checks }]);
}

/** One of the six parts after a rollback: whether what is observed is what it should be. */
export type PartCheck = { readonly part: string; readonly isVerified: boolean; readonly says: string };

function verifyParts(
  state: ModelState,
  { good, leaseMs }: Return,
  servers: readonly Server[],
  gateways: readonly GatewaySeen[],
  now: Ms,
): PartCheck[] {
  const behind = gatewaysBehind(state, gateways, leaseMs, now);
  const route = {
    part: 'route',
    isVerified: behind.length === 0,
    says: `generation ${state.generation} in force at ${gateways.length - behind.length} of ${gateways.length} gateways`,
  };
  if (good === 'none') return [{ ...route, says: `${route.says}: no release, clients get a clear 503` }];
  const mine = servers.filter(({ pool, state: { is } }) => pool === good.pool && is === 'proven');
  const enough = { isVerified: mine.length >= good.servers, says: `${mine.length} of ${good.servers} servers proven` };
  const part = (name: 'artifact' | 'config' | 'engine' | 'processing'): PartCheck => {
    const wanted = good.parts[name];
    const others = mine.map((server) => observedOf(server)?.[name]).filter((got) => got !== wanted);
    if (!enough.isVerified) return { part: name, ...enough };
    const is = wanted === 'absent' ? 'absent, as released' : `${short(wanted)} observed on every server`;
    return {
      part: name,
      isVerified: others.length === 0,
      says: others.length === 0 ? is : `${wanted} wanted, ${others.join(', ')} observed`,
    };
  };
  const runtimes = [
    ...new Set(
      mine.map(
        (server) =>
          `${observedOf(server)?.runtime.name} ${observedOf(server)?.runtime.version}${server.substitution === 'none' ? '' : `, substituted: ${server.substitution}`}`,
      ),
    ),
  ];
  const runtime = {
    part: 'runtime',
    isVerified: enough.isVerified && runtimes.length === 1,
    says: enough.isVerified ? runtimes.join('; ') : enough.says,
  };
  return [route, part('artifact'), part('config'), runtime, part('engine'), part('processing')];
}

function observedOf({ state }: Server): Observed | undefined {
  return state.is === 'proven' ? state.observed : undefined;
}

/** The end of a trip that went back. */
function ended(state: ModelState, { desired, release, why, began, end }: Return, evidence: readonly unknown[], now: Ms): Decision {
  const next: ModelState = { ...state, rollout: 'none', paused: 'no', verdicts: 'none' };
  const to = state.stable === 'none' ? 'no release' : `release ${short(state.stable.release)}`;
  return move(
    { ...next, tried: remember(state, { desired, release, end, why, began, at: now }) },
    reason(`rollout/${end}`, `${end}: ${why.says}; clients are on ${to}`),
    evidence,
  );
}

/** FullTraffic has soaked: the candidate is stable from now on, and the one before stays warm for a while. A pointer moves, nothing restarts. */
export function done(state: ModelState, rollout: Armed, why: Reason, evidence: readonly unknown[], now: Ms): Decision {
  const { desired, release, began, candidate, facts, from } = rollout;
  const isMoved = from !== 'none' && from.pool !== candidate.pool;
  const kept = isMoved ? [{ arm: from, until: now + facts.policy.keepMs }, ...state.kept].slice(0, keptMax) : state.kept;
  const tried = remember(state, { desired, release, end: 'done', why, began, at: now });
  return move(
    { ...state, stable: candidate, kept, rollout: 'none', paused: 'no', verdicts: 'none', tried },
    reason('rollout/done', `release ${short(release)} is stable: ${why.says}`),
    evidence,
  );
}

/** Gateways that have not taken the committed generation; one that was silent for longer than the lease has let go by itself. */
export function gatewaysBehind({ generation }: ModelState, gateways: readonly GatewaySeen[], leaseMs: Ms | 'none', now: Ms): GatewaySeen[] {
  return gateways.filter(({ accepted, heardAt }) => accepted < generation && (leaseMs === 'none' || now - heardAt <= leaseMs));
}

export function inFlightAt(arms: readonly Arm[], gateways: readonly GatewaySeen[]): number {
  return gateways.flatMap(({ inFlight }) => arms.map(({ pool }) => inFlight[pool] ?? 0)).reduce((sum, count) => sum + count, 0);
}

/** A drained baseline: forgets it, so that its pool goes. */
export function withoutBaseline(state: ModelState, rollout: Live): Decision {
  return note(
    { ...state, rollout: { ...rollout, stage: 'full-traffic', baseline: 'none' } },
    reason('full-traffic/baseline-retired', 'the baseline has drained and retires'),
  );
}

function remember({ tried }: ModelState, ended: Ended): Ended[] {
  return [ended, ...tried.filter(({ desired }) => desired !== ended.desired)].slice(0, triedMax);
}
