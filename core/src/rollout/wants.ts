import type { Digest } from '../base/digest.ts';
import type { Ms } from '../base/time.ts';
import type { Known } from './known.ts';
import { isLive, type ModelState } from './state.ts';

/** What a decision needs to see beside desired and interventions; a model at rest needs nothing more. */
export function wanted({ rollout }: ModelState): ReadonlySet<keyof Known> {
  if (rollout === 'none') return new Set();
  switch (rollout.stage) {
    case 'build':
      return new Set(['parts']);
    case 'validate':
      return new Set(['parts', 'findings']);
    case 'canary':
      return new Set(['servers', 'samples']);
    case 'warmup':
      return new Set(['servers', 'samples', 'trials']);
    case 'small-traffic':
    case 'expand':
    case 'full-traffic':
      return new Set(['servers', 'samples', 'trials', 'gateways']);
    case 'rollback':
    case 'previous-good':
      return new Set(['servers', 'gateways']);
    case 'rejected':
      return new Set(['servers']);
  }
}

/** The releases whose parts and findings a decision can ask for. */
export function releasesWanted({ rollout, stable }: ModelState): Digest[] {
  const named = [rollout === 'none' ? undefined : rollout.release, stable === 'none' ? undefined : stable.release];
  return [...new Set(named.filter((digest) => digest !== undefined))];
}

/** When to look again though nothing has told of a change; 'idle': not before something does. */
export function lookAgainIn({ rollout, kept }: ModelState, now: Ms): Ms | 'idle' {
  if (rollout !== 'none') return 'facts' in rollout && isLive(rollout) ? rollout.facts.policy.lookMs : 200;
  const next = Math.min(...kept.map(({ until }) => until));
  return Number.isFinite(next) ? Math.max(0, next - now) : 'idle';
}
