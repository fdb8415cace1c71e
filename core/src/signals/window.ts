import type { PoolId, Sample } from './sample.ts';
import { laterThan } from './sample.ts';

/** Counters of one sample as they stood, by reader, incarnation, pool and server. JSON, so that they survive a restart of control. */
export type Marks = Readonly<Record<string, Counted>>;

/** What one pool has done between two marks. All of it increases; a reader that starts again begins at zero. */
export type Counted = {
  readonly requests: number;
  readonly errors: number;
  readonly late: number;
  readonly diverted: number;
  readonly trials: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly queueMs: number;
  readonly probes: number;
};

/** Adds over readers; `pending` and `restarts` are of the moment. */
export type PoolWindow = Counted & { readonly pending: number; readonly readers: number };

export const nothingCounted: Counted = {
  requests: 0,
  errors: 0,
  late: 0,
  diverted: 0,
  trials: 0,
  succeeded: 0,
  failed: 0,
  queueMs: 0,
  probes: 0,
};

export function markAll(samples: readonly Sample[], limitMs: number): Marks {
  return Object.fromEntries(
    samples.filter((sample) => isReadable(sample, limitMs)).map((sample) => [keyOf(sample), countedIn(sample, limitMs)]),
  );
}

/**
 * What each pool did since the marks. A sample without a mark counts in full: its reader started after them.
 * A sample that went backwards under the same incarnation (a late answer of a reader) adds nothing; its mark stays.
 */
export function since(marks: Marks, samples: readonly Sample[], limitMs: number): { pools: ReadonlyMap<PoolId, PoolWindow>; marks: Marks } {
  const pools = new Map<PoolId, PoolWindow>();
  const next: Record<string, Counted> = { ...marks };
  for (const sample of samples.filter((one) => isReadable(one, limitMs))) {
    const key = keyOf(sample);
    const counted = countedIn(sample, limitMs);
    const before = marks[key] ?? nothingCounted;
    const isOld = counters.some((name) => counted[name] < before[name]);
    if (!isOld) next[key] = counted;
    const so = pools.get(sample.pool) ?? { ...nothingCounted, pending: 0, readers: 0 };
    pools.set(sample.pool, {
      ...addDifference(so, counted, isOld ? counted : before),
      pending: so.pending + (sample.source === 'server' ? sample.pending : 0),
      readers: so.readers + 1,
    });
  }
  return { pools, marks: next };
}

/** A gateway that still counts by older edges cannot tell who was late: its sample says nothing until it has taken the new ones. */
function isReadable(sample: Sample, limitMs: number): boolean {
  return sample.source === 'server' || sample.requests === 0 || sample.durations.edgesMs.includes(limitMs);
}

const counters = Object.keys(nothingCounted) as (keyof Counted)[];

function keyOf(sample: Sample): string {
  return [sample.source, sample.reader, sample.incarnation, sample.pool, sample.source === 'server' ? sample.server : ''].join('|');
}

function countedIn(sample: Sample, limitMs: number): Counted {
  if (sample.source === 'server') {
    const { succeeded, failed, queueUs, probes } = sample;
    return { ...nothingCounted, succeeded, failed, queueMs: queueUs / 1000, probes };
  }
  const { requests, errors, diverted, trials } = sample;
  return { ...nothingCounted, requests, errors, diverted, trials, late: requests === 0 ? 0 : laterThan(sample.durations, limitMs) };
}

function addDifference(sum: Counted, now: Counted, before: Counted): Counted {
  return Object.fromEntries(counters.map((name) => [name, sum[name] + now[name] - before[name]])) as Counted;
}
