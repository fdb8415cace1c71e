import type { GpuClass, ModelName } from '../base/names.ts';
import type { Ms } from '../base/time.ts';

/** Names a pool: model, serving digest, GPU class and the generation it was born in. Servers of one pool are alike. */
export type PoolId = string;

/** Requests by duration. `counts[i]` holds those of at most `edgesMs[i]` (and above the edge before); the last one holds the rest. */
export type Histogram = { readonly edgesMs: readonly number[]; readonly counts: readonly number[] };

/**
 * What one gateway has counted for one pool, cumulative since `incarnation` began (a new one starts at zero).
 * `requests` are client requests that ended, whatever the answer; `errors` are those that the server or the way to it spoiled
 * (5xx, broken answers, failed connections); a caller's own mistake is in `mistakes`. Trials are in `trials` and nowhere else.
 */
export type GatewaySample = {
  readonly source: 'gateway';
  readonly reader: string;
  readonly incarnation: string;
  readonly model: ModelName;
  readonly pool: PoolId;
  readonly at: Ms;
  readonly requests: number;
  readonly errors: number;
  readonly mistakes: number;
  /** Meant for this pool by weight, but answered by stable, because no server of the pool was available. */
  readonly diverted: number;
  readonly trials: number;
  readonly inFlight: number;
  readonly durations: Histogram;
};

/** What an agent has read from one server's own metrics, cumulative since `incarnation`; `probes` are requests that the agent itself sent. */
export type ServerSample = {
  readonly source: 'server';
  readonly reader: string;
  readonly incarnation: string;
  readonly model: ModelName;
  readonly pool: PoolId;
  readonly server: string;
  readonly gpuClass: GpuClass;
  readonly at: Ms;
  readonly succeeded: number;
  readonly failed: number;
  readonly queueUs: number;
  readonly pending: number;
  readonly probes: number;
};

export type Sample = GatewaySample | ServerSample;

/** The requests that took longer than `limitMs`, which must be one of the edges (fixed before the rollout). */
export function laterThan(histogram: Histogram, limitMs: number): number {
  const edge = histogram.edgesMs.indexOf(limitMs);
  if (edge < 0) throw new RangeError(`laterThan: ${limitMs} ms is not an edge of ${histogram.edgesMs.join(', ')}`);
  return histogram.counts.slice(edge + 1).reduce((sum, count) => sum + count, 0);
}

/** Default edges in ms, fine where answers are quick; `limits` (objectives) are made edges of their own. */
export function edgesWith(limits: readonly number[]): number[] {
  const usual = [1, 2, 3, 5, 8, 12, 18, 25, 40, 60, 100, 160, 250, 400, 600, 1000, 1600, 2500, 4000];
  return [...new Set([...usual, ...limits])].sort((a, b) => a - b);
}

/** The upper edge of the bucket that holds the quantile, in ms (Infinity above the last edge); undefined without requests. */
export function quantileMs({ edgesMs, counts }: Histogram, quantile: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    below += count;
    if (below >= quantile * total) return edgesMs[index] ?? Number.POSITIVE_INFINITY;
  }
  return Number.POSITIVE_INFINITY;
}
