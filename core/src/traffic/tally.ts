import type { ModelName } from '../base/names.ts';
import type { Ms } from '../base/time.ts';
import { edgesWith, type GatewaySample, type PoolId } from '../signals/sample.ts';
import type { Outcome } from './outcome.ts';

/** What a gateway counts for one pool. Changed in place: this is the hot path. */
export type Tally = {
  /** How often it began again from zero, because the route's edges changed. */
  begun: number;
  edgesMs: readonly number[];
  counts: number[];
  requests: number;
  errors: number;
  mistakes: number;
  diverted: number;
  trials: number;
  inFlight: number;
};

export function newTally(edgesMs: readonly number[] = edgesWith([])): Tally {
  return { begun: 0, edgesMs, counts: zeros(edgesMs), requests: 0, errors: 0, mistakes: 0, diverted: 0, trials: 0, inFlight: 0 };
}

/** Counts by these edges from now on. Counts by other edges cannot be told apart later, so the tally begins again, under a new incarnation. */
export function countBy(tally: Tally, edgesMs: readonly number[]): void {
  if (edgesMs.length === tally.edgesMs.length && edgesMs.every((edge, index) => edge === tally.edgesMs[index])) return;
  tally.edgesMs = edgesMs;
  tally.counts = zeros(edgesMs);
  if (tally.requests === 0) return;
  tally.begun += 1;
  tally.requests = tally.errors = tally.mistakes = tally.diverted = tally.trials = 0;
}

/** One client request that ended. */
export function countEnded(tally: Tally, outcome: Outcome, durationMs: Ms): void {
  tally.requests += 1;
  if (outcome === 'error') tally.errors += 1;
  if (outcome === 'mistake') tally.mistakes += 1;
  const bucket = bucketOf(tally.edgesMs, durationMs);
  tally.counts[bucket] = (tally.counts[bucket] ?? 0) + 1;
}

export function sampleOf(
  tally: Tally,
  { pool, ...who }: { reader: string; incarnation: string; model: ModelName; pool: PoolId; at: Ms },
): GatewaySample {
  const { begun, edgesMs, counts, requests, errors, mistakes, diverted, trials, inFlight } = tally;
  return {
    source: 'gateway',
    ...who,
    incarnation: begun === 0 ? who.incarnation : `${who.incarnation}+${begun}`,
    pool,
    requests,
    errors,
    mistakes,
    diverted,
    trials,
    inFlight,
    durations: { edgesMs, counts: [...counts] },
  };
}

function bucketOf(edgesMs: readonly number[], durationMs: Ms): number {
  let [low, high] = [0, edgesMs.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (durationMs <= (edgesMs[middle] ?? 0)) high = middle;
    else low = middle + 1;
  }
  return low;
}

const zeros = (edgesMs: readonly number[]): number[] => new Array<number>(edgesMs.length + 1).fill(0);
