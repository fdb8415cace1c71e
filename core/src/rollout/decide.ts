import { isKnown } from '../base/facet.ts';
import { reason } from '../base/reason.ts';
import type { Ms } from '../base/time.ts';
import { armed, planned, proven, tripTo } from './before-traffic.ts';
import { type Decision, move, stay } from './decision.ts';
import { goBack, settled, verified } from './going-back.ts';
import { judged } from './in-traffic.ts';
import { nextOrder, obey } from './interventions.ts';
import type { Seen } from './known.ts';
import { isReturning, type ModelState } from './state.ts';
import { warmed } from './warmup.ts';

/**
 * The whole rollout: one decision from what is committed and what is seen. Pure and total. Called again after every commit, so each
 * decision is one small step; whatever is unknown leaves things as they are.
 */
export function decide(state: ModelState, seen: Seen, now: Ms): Decision {
  const order = nextOrder(state, seen, now);
  if (order !== 'none') return obey(state, order, now);
  const { rollout } = state;
  if (rollout === 'none') return atRest(state, seen, now);
  if (isOvertaken(state, seen) && !isReturning(rollout)) {
    return goBack(state, rollout, 'superseded', reason('rollout/superseded', 'desired changed while this rollout was under way'), [], now);
  }
  switch (rollout.stage) {
    case 'build':
      return planned(state, rollout, seen, now);
    case 'validate':
      return armed(state, rollout, seen, now);
    case 'canary':
      return proven(state, rollout, seen, now);
    case 'warmup':
      return warmed(state, rollout, seen, now);
    case 'small-traffic':
    case 'expand':
    case 'full-traffic':
      return judged(state, rollout, seen, now);
    case 'rollback':
      return settled(state, rollout, seen, now);
    case 'rejected':
      return settled(state, rollout, seen, now);
    case 'previous-good':
      return verified(state, rollout, seen, now);
  }
}

function atRest(state: ModelState, seen: Seen, now: Ms): Decision {
  const kept = state.kept.filter(({ until }) => until > now);
  if (kept.length < state.kept.length) {
    return move({ ...state, kept }, reason('kept/expired', 'the rollback window is over: the previous pool retires'), []);
  }
  if (!isKnown(seen.desired)) return stay(state, seen.desired.unknown);
  const desired = seen.desired.known;
  if (desired === 'none') {
    return stay(
      state,
      reason('desired/none', state.stable === 'none' ? 'nothing is desired' : 'taken out of desired: stable goes on serving'),
    );
  }
  if (state.stable !== 'none' && state.stable.release === desired.release)
    return stay(state, reason('desired/met', 'what is desired is stable'));
  const ended = state.tried.find(({ desired: generation }) => generation === desired.generation);
  if (ended) return stay(state, reason('desired/tried', `desired generation ${desired.generation} ended ${ended.end}: ${ended.why.says}`));
  return tripTo(state, desired, now);
}

/** Desired has moved on from what this rollout is about. */
function isOvertaken({ rollout }: ModelState, { desired }: Seen): boolean {
  if (rollout === 'none' || !isKnown(desired)) return false;
  return desired.known === 'none' || desired.known.generation > rollout.desired;
}
