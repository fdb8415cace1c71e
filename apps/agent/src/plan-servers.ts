import type { PoolTarget } from '#core/ports/targets.ts';

/** One server that should run, or that runs. */
export type Placed = { readonly id: string; readonly target: PoolTarget };

export type ServerPlan = {
  readonly start: readonly Placed[];
  /** Running and still wanted; the target may be a newer one, of another release with the same serving digest. */
  readonly keep: readonly Placed[];
  readonly retire: readonly string[];
};

/** What to start and what to retire, so that the servers become those of the pools. */
export function planServers(node: string, pools: readonly PoolTarget[], running: readonly Placed[]): ServerPlan {
  const wanted = pools.flatMap((target) =>
    Array.from({ length: target.servers }, (_, index): Placed => ({ id: `${node}/${target.pool}/${index + 1}`, target })),
  );
  const isThere = (one: Placed): boolean => running.some((other) => other.id === one.id);
  const isWanted = (one: Placed): boolean => wanted.some((other) => other.id === one.id && isAlike(other.target, one.target));
  return {
    start: wanted.filter((one) => !isThere(one)),
    keep: wanted.filter((one) => running.some((other) => other.id === one.id && isAlike(other.target, one.target))),
    retire: running.filter((one) => !isWanted(one)).map(({ id }) => id),
  };
}

/** A pool's name is never used for other bytes; if it were, its server would end before another one starts. */
const isAlike = (one: PoolTarget, other: PoolTarget): boolean =>
  one.serving === other.serving && one.gpuClass === other.gpuClass && one.model === other.model;
