import { isKnown } from '../base/facet.ts';
import { type Reason, reason } from '../base/reason.ts';
import type { Ms } from '../base/time.ts';
import { judgeAll } from '../gates/all.ts';
import { type Decision, move } from './decision.ts';
import { goBack } from './going-back.ts';
import { nextStage } from './in-traffic.ts';
import type { Intervention, Seen } from './known.ts';
import { isLive, isReturning, type ModelState, type Rollout } from './state.ts';

/** The oldest order of a person that was not obeyed yet and has not expired. */
export function nextOrder(state: ModelState, { interventions }: Seen, now: Ms): Intervention | 'none' {
  if (!isKnown(interventions)) return 'none';
  const open = interventions.known
    .filter(({ id, target, expiry }) => target === state.model && expiry > now && !state.obeyed.some((obeyed) => obeyed.id === id))
    .toSorted((a, b) => a.at - b.at || a.id.localeCompare(b.id));
  return open[0] ?? 'none';
}

/** Long after an order expired it cannot be obeyed again, whatever a clock did meanwhile. */
const forgottenAfterMs = 3_600_000;

/** People outrank Git. Each order is obeyed once, also when all it can do is to be refused with a reason. */
export function obey(before: ModelState, order: Intervention, now: Ms): Decision {
  const obeyed = [...before.obeyed.filter(({ expiry }) => expiry + forgottenAfterMs > now), { id: order.id, expiry: order.expiry }];
  const state = { ...before, obeyed };
  const by = `${order.actor}: ${order.reason}`;
  const { rollout } = state;
  const evidence = [order];
  const refuse = (says: string): Decision =>
    move(state, reason('intervention/refused', `${order.verb} was refused: ${says}`), evidence, order.actor);
  const said = (verb: string): Reason => reason(`intervention/${order.verb}`, `${verb} by ${by}`);

  switch (order.verb) {
    case 'pause':
      if (rollout === 'none' || isReturning(rollout)) return refuse('no rollout is under way that could wait');
      return move({ ...state, paused: reason('paused/person', `paused by ${by}`) }, said('paused'), evidence, order.actor);
    case 'resume': {
      if (state.paused === 'no' || rollout === 'none') return refuse('nothing is paused');
      return move({ ...state, paused: 'no', rollout: resumed(rollout, now) }, said('resumed'), evidence, order.actor);
    }
    case 'advance': {
      if (rollout === 'none' || !isLive(rollout)) return refuse('advance skips waiting with traffic, never proof: no step is under way');
      const against = Object.entries(judgeAll(rollout.gates, rollout.facts.policy.gates)).find(
        ([, { says }]) => says === 'fail' || says === 'invalid',
      );
      if (against) return refuse(`gate ${against[0]}: ${against[1].because}`);
      const next = nextStage({ ...state, paused: 'no' }, rollout, said('advanced without waiting'), evidence, now);
      return { ...next, actor: order.actor };
    }
    case 'abort':
      if (rollout === 'none' || isReturning(rollout)) return refuse('no rollout is under way');
      return { ...goBack(state, rollout, 'aborted', said('aborted'), evidence, now), actor: order.actor };
    case 'rollback': {
      if (rollout !== 'none' && isReturning(rollout)) return refuse('traffic is going back already');
      if (rollout !== 'none') return { ...goBack(state, rollout, 'rolled-back', said('rolled back'), evidence, now), actor: order.actor };
      const [previous, ...kept] = state.kept;
      if (state.stable === 'none' || !previous) return refuse('no previous release is kept warm; promote the release you want instead');
      const { stable } = state;
      const desired = generationOf(state, stable.release);
      const back = {
        desired,
        release: stable.release,
        good: previous.arm,
        bad: [stable],
        began: now,
        since: now,
        deadline: now + 60_000,
        leaseMs: 'none' as const,
      };
      return move(
        { ...state, stable: previous.arm, kept, rollout: { ...back, stage: 'rollback', why: said('rolled back'), end: 'rolled-back' } },
        said('rolled back'),
        evidence,
        order.actor,
      );
    }
    case 'retry': {
      if (rollout !== 'none') return refuse('a rollout is under way');
      const [last] = state.tried.toSorted((a, b) => b.desired - a.desired);
      if (!last) return refuse('nothing was tried yet');
      return move(
        { ...state, tried: state.tried.filter(({ desired }) => desired !== last.desired) },
        said('tried again'),
        evidence,
        order.actor,
      );
    }
  }
}

/** The stage again, with all its time. Warm-up begins anew from the proof: what came of its trials so far is what it was paused for. */
function resumed(rollout: Rollout, now: Ms): Rollout {
  const time = { since: now, deadline: now + (rollout.deadline - rollout.since) };
  if (rollout.stage !== 'warmup') return { ...rollout, ...time };
  const { desired, release, from, began, facts, candidate, baseline } = rollout;
  return { desired, release, from, began, facts, candidate, baseline, ...time, stage: 'canary' };
}

/** The desired generation that made a release stable, so that rolling back from it is remembered as how that generation ended. */
function generationOf({ tried }: ModelState, release: string): number {
  return Math.max(0, ...tried.filter((ended) => ended.release === release).map(({ desired }) => desired));
}
