import { type Reason, reason } from '../base/reason.ts';
import type { Ms } from '../base/time.ts';
import { link } from '../journal/chain.ts';
import type { ModelState } from './state.ts';
import { targets } from './targets.ts';

/**
 * What is decided next, and why. `move`: people should read of it, so it is journalled; what else changed is bookkeeping of looks,
 * which is committed but not journalled (a verdict's evidence holds all of it).
 */
export type Decision = {
  readonly next: ModelState;
  readonly because: Reason;
  readonly evidence: readonly unknown[];
  readonly isMove: boolean;
  readonly actor: string;
};

export function stay(state: ModelState, because: Reason): Decision {
  return { next: state, because, evidence: [], isMove: false, actor: 'control' };
}

export function note(next: ModelState, because: Reason): Decision {
  return { next, because, evidence: [], isMove: false, actor: 'control' };
}

export function move(next: ModelState, because: Reason, evidence: readonly unknown[], actor = 'control'): Decision {
  return { next, because, evidence, isMove: true, actor };
}

/** Waits until the deadline; then pauses: missing evidence never passes, and it is no reason to reject either. */
export function orPause(state: ModelState, rollout: { readonly deadline: Ms }, says: string, now: Ms): Decision {
  if (now < rollout.deadline || state.paused !== 'no') return stay(state, reason('rollout/waiting', says));
  const why = reason('paused/inconclusive', `inconclusive at the deadline: ${says}`);
  return move({ ...state, paused: why }, why, []);
}

/**
 * The state to commit for a decision: its generation is one more when the targets changed, its journal has one more link when it
 * moved, and entries up to `exported` are let go. The same value when nothing changed: then nothing is committed.
 */
export function committed(before: ModelState, { next, because, evidence, isMove, actor }: Decision, now: Ms, exported: number): ModelState {
  if (next === before) return before;
  const generation = JSON.stringify(asked(before)) === JSON.stringify(asked(next)) ? before.generation : before.generation + 1;
  const { seq, head, pending } = before.journal;
  const kept = pending.filter((entry) => entry.seq > exported);
  if (!isMove) return { ...next, generation, journal: { seq, head, pending: kept } };
  const kind = next.rollout === 'none' ? (before.rollout === 'none' ? 'rest' : before.rollout.stage) : next.rollout.stage;
  const entry = link(
    `control/${before.model}`,
    { seq, head },
    { at: now, kind, ...because, actor, evidence: [{ generation }, ...evidence] },
  );
  return { ...next, generation, journal: { seq: entry.seq, head: entry.digest, pending: [...kept, entry] } };
}

function asked(state: ModelState): unknown {
  const { pools, trials, route } = targets(state);
  return [pools, trials, route === 'none' ? route : { ...route, generation: 0 }];
}
