import { Fault, wordsOf } from '#core/base/fault.ts';
import type { ModelName } from '#core/base/names.ts';
import type { Ms } from '#core/base/time.ts';
import type { ControlWorld } from '#core/ports/control.ts';
import { decide } from '#core/rollout/decide.ts';
import { committed } from '#core/rollout/decision.ts';
import { emptyState, type ModelState } from '#core/rollout/state.ts';
import { targets } from '#core/rollout/targets.ts';
import { lookAgainIn } from '#core/rollout/wants.ts';
import { observe } from './observe.ts';

/**
 * One pass over one model: observe, decide, commit, move the world towards what is committed. The same after a crash as on a quiet
 * day. Says when to look again. Throws a Fault when the store cannot be read or written: then nothing was applied, so a candidate's
 * lease is not renewed, and traffic falls back by itself.
 */
export async function reconcile(world: ControlWorld, model: ModelName): Promise<Ms | 'idle'> {
  const stored = await world.store.load(model);
  const { state, revision } = stored === 'none' ? { state: emptyState(model), revision: 0 } : stored;
  const exported = await exportJournal(world, state);
  const seen = await observe(world, state);
  const now = world.clock.now();
  const decision = decide(state, seen, now);
  const next = committed(state, decision, now, exported);
  if (next !== state) {
    if ((await world.store.commit(next, revision)) === 'conflict') return 0;
    if (decision.isMove) world.log(`${model}: ${decision.because.says}`);
  }
  const isOnRecord = (next === state ? exported : await exportJournal(world, next)) >= (next.journal.pending.at(-1)?.seq ?? 0);
  const isMoved = await moveTowards(world, next);
  if (decision.isMove) return 0;
  if ('unknown' in seen.desired || 'unknown' in seen.interventions || !isMoved || !isOnRecord) return retryMs;
  return lookAgainIn(next, now);
}

const retryMs = 500;

/** Entries are in the committed state until they are exported; a failing export loses nothing and stops nothing. */
async function exportJournal(world: ControlWorld, { model, journal: { pending } }: ModelState): Promise<number> {
  try {
    if (pending.length > 0) await world.journal.append(pending);
    return pending.at(-1)?.seq ?? 0;
  } catch (thrown) {
    if (!(thrown instanceof Fault)) throw thrown;
    world.log(`${model}: ${pending.length} journal entries wait to be exported: ${thrown.message}`);
    return 0;
  }
}

/** Every target carries the generation it was committed with. Adapters fail alone: a fleet out of reach does not keep traffic from moving. */
async function moveTowards({ traffic, fleet, trials, log }: ControlWorld, state: ModelState): Promise<boolean> {
  const { model, generation } = state;
  if (generation === 0) return true;
  const { pools, trials: trialTargets, route } = targets(state);
  const results = await Promise.allSettled([
    traffic.apply(model, route, generation),
    fleet.apply(model, pools, generation),
    trials.apply(model, trialTargets, generation),
  ]);
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    if (!(result.reason instanceof Fault)) throw result.reason;
    log(`${model}: generation ${generation} could not be applied everywhere: ${wordsOf(result.reason)}`);
  }
  return results.every(({ status }) => status === 'fulfilled');
}
