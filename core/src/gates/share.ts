import type { GateRules, ShareRule } from '../contract/contract.ts';
import {
  differenceInterval,
  noSpread,
  type Share,
  type Spread,
  shareInterval,
  shareOf,
  spreadFactor,
  spreadWith,
  zAtLook,
} from '../stats/interval.ts';
import type { ArmLook, Gate, Verdict } from './gate.ts';

type Arms = { readonly candidate: Share; readonly baseline: Share; readonly stable: Share };

export type ShareState = {
  readonly looks: number;
  /** Requests of this step only: what a pass may use. */
  readonly step: Arms;
  /** Requests of all steps: what a fail may use too. */
  readonly all: Arms;
  /** What baseline against stable, two arms that should be alike, shows in this rollout. */
  readonly spread: Spread;
  /** Whether there is a baseline to compare with by now, or only the contract's limits. */
  readonly against: 'baseline' | 'limits';
  /** Looks of this step in which the candidate's share was over the limit: all of them, and those in a row up to now. */
  readonly over: number;
  readonly streak: number;
};

/** Chance that a healthy candidate is failed by one gate in one rollout, all looks together. */
const alphaFail = 0.005;
/** One-sided 99 % for a pass. */
const zPass = 2.326;
/** The baseline alone is small at first: against it a one-sided 97.5 % is asked, beside the strict one against all of stable's release. */
const zLike = 1.96;
/** A pass must exclude so many times what the objective allows. */
const seriousTimes = 4;
/** Without a baseline a burst that hits the whole machine looks like a bad candidate: then the limit must stay broken for so many looks. */
const streakMin = 8;
/** With a baseline a fault must still show in so many looks: one process that stands still for a moment is not a bad release. */
const overMin = 4;

/**
 * A gate on the share of bad requests. It fails a candidate whose share is above what the contract allows and above the baseline's
 * own (see isWorse), shown by intervals that stay valid although we look many times; against a baseline that breaks the limit as well, the
 * evidence is invalid. Without a baseline the limit speaks alone, and must stay broken. Requests bind a pass, never a fail.
 */
export function shareGate(gate: {
  name: string;
  bad: (arm: ArmLook) => number;
  rule: (rules: GateRules) => ShareRule;
  words: (rules: GateRules) => string;
}): Gate<ShareState> {
  const shareOfLook = (arm: ArmLook | 'absent'): Share => (arm === 'absent' ? none : { bad: gate.bad(arm), of: arm.requests });

  return {
    name: gate.name,
    begin: { looks: 0, step: noArms, all: noArms, spread: noSpread, against: 'limits', over: 0, streak: 0 },

    gather(state, look, rules): ShareState {
      const seen = { candidate: shareOfLook(look.candidate), baseline: shareOfLook(look.baseline), stable: shareOfLook(look.stable) };
      const isOver = seen.candidate.of > 0 && shareOf(seen.candidate) > gate.rule(rules).allowed;
      return {
        looks: state.looks + 1,
        step: add(state.step, seen),
        all: add(state.all, seen),
        spread: spreadWith(state.spread, seen.baseline, seen.stable),
        against: look.baseline === 'absent' ? 'limits' : 'baseline',
        over: state.over + (isOver ? 1 : 0),
        streak: seen.candidate.of === 0 ? state.streak : isOver ? state.streak + 1 : 0,
      };
    },

    judge(state, rules): Verdict {
      const { allowed, requestsMin } = gate.rule(rules);
      const { candidate, baseline } = state.step;
      const says = `${percent(candidate)} ${gate.words(rules)}${state.against === 'baseline' ? `, baseline ${percent(baseline)}` : ''}, allowed ${formatShare(allowed)}`;
      const z = zAtLook(state.looks, alphaFail);
      for (const arms of state.against === 'baseline' ? [state.step, state.all] : [state.step]) {
        const isOver = shareInterval(arms.candidate, z).lower > allowed;
        if (!isOver || state.over < overMin) continue;
        if (state.against === 'limits') {
          if (state.streak >= streakMin) return { says: 'fail', because: `${says}, for ${state.streak} looks in a row` };
        } else if (isWorse(arms, z, spreadFactor(state.spread))) {
          return { says: 'fail', because: says };
        } else if (shareInterval(arms.baseline, z).lower > allowed) {
          return { says: 'invalid', because: `${says}: the baseline breaks the limit as well, so this says nothing about the candidate` };
        }
      }
      if (candidate.of < requestsMin) return { says: 'continue', because: `${says}: ${candidate.of} of ${requestsMin} requests` };
      const { upper } = shareInterval(candidate, zPass);
      if (upper > allowed * seriousTimes) {
        return { says: 'continue', because: `${says}: up to ${formatShare(upper)} cannot be excluded yet` };
      }
      if (shareOf(candidate) <= allowed) return { says: 'pass', because: says };
      // Where everybody is over the limit, the candidate must be no worse than what runs today.
      return state.against === 'baseline' && shareOf(candidate) <= shareOf(baseline)
        ? { says: 'pass', because: `${says}: over the limit, as the baseline is, and no worse` }
        : { says: 'continue', because: `${says}: over the limit, though it may be chance` };
    },

    nextStep: (state) => ({ ...state, step: noArms, over: 0, streak: 0 }),
  };
}

/**
 * Worse than stable's release: strictly against all its requests (baseline and stable together, which are many), and also against the
 * baseline alone, which is as fresh and as loaded as the candidate.
 */
function isWorse({ candidate, baseline, stable }: Arms, z: number, spread: number): boolean {
  const together = { bad: baseline.bad + stable.bad, of: baseline.of + stable.of };
  return (
    differenceInterval({ candidate, baseline: together }, z, spread).lower > 0 &&
    differenceInterval({ candidate, baseline }, zLike, spread).lower > 0
  );
}

const none: Share = { bad: 0, of: 0 };
const noArms: Arms = { candidate: none, baseline: none, stable: none };

function add(arms: Arms, more: Arms): Arms {
  const sum = (one: Share, two: Share): Share => ({ bad: one.bad + two.bad, of: one.of + two.of });
  return {
    candidate: sum(arms.candidate, more.candidate),
    baseline: sum(arms.baseline, more.baseline),
    stable: sum(arms.stable, more.stable),
  };
}

function percent(share: Share): string {
  return `${formatShare(shareOf(share))} (${share.bad}/${share.of})`;
}

function formatShare(share: number): string {
  return `${(share * 100).toFixed(share >= 0.1 ? 0 : 1)} %`;
}
