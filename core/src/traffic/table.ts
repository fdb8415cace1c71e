import { canonicalJson, type Digest } from '../base/digest.ts';
import type { ModelName } from '../base/names.ts';
import type { Ms } from '../base/time.ts';
import type { Endpoint } from '../ports/agent.ts';
import type { ArmName, RouteTarget } from '../ports/targets.ts';
import type { PoolId } from '../signals/sample.ts';

/** What one gateway knows of one model. Two feeds meet here: the route (slow, from control) and the servers (fast, from agents). */
export type Table = {
  readonly model: ModelName;
  /** The newest generation that was accepted; 0 when there was none. It outlives the route, so that an older one stays refused. */
  readonly generation: number;
  readonly route: RouteTarget | 'none';
  /** When control last confirmed this generation, on the gateway's own clock that never jumps. A lease kept on disk has run out. */
  readonly confirmedAt: Ms | 'never';
  readonly pools: ReadonlyMap<PoolId, readonly Endpoint[]>;
  /** What the route says while its lease holds, and after. */
  readonly leased: Standing;
  readonly lapsed: Standing;
};

export type RoutedArm = { readonly arm: ArmName; readonly pool: PoolId; readonly release: Digest };

/** Who gets the requests of a model right now. */
export type Standing =
  | { readonly is: 'unknown' }
  | { readonly is: 'closed'; readonly why: string }
  | {
      readonly is: 'open';
      readonly arms: readonly RoutedArm[];
      /** Of `arms`, in their order; they sum to 100. */
      readonly weights: readonly number[];
      readonly stable: RoutedArm | 'none';
    };

export type RouteOffer = { readonly route: RouteTarget | 'none'; readonly generation: number };

export type Acceptance =
  | { readonly is: 'taken' | 'renewed'; readonly table: Table }
  /** `other`: the same generation with another route, which only a bug upstream can make. */
  | { readonly is: 'older' | 'other'; readonly newest: number };

export function emptyTable(model: ModelName): Table {
  return { model, generation: 0, route: 'none', confirmedAt: 'never', pools: new Map(), ...standings(model, 'none') };
}

/** A route that was kept on disk: any lease counts as run out until control confirms it. */
export function restoredTable(model: ModelName, { route, generation }: RouteOffer): Table {
  return { ...emptyTable(model), generation, route, ...standings(model, route) };
}

/**
 * Takes a newer route whole; the same one again only renews the lease; an older one is refused, however late it comes. `now` is when
 * control is known to have meant it, on the gateway's clock: control sends back the time of the last answer that it had from here, so
 * that a confirmation which lay in some buffer for a minute does not revive a lease that has run out.
 */
export function accept(table: Table, offer: RouteOffer, now: Ms): Acceptance {
  if (offer.generation < table.generation) return { is: 'older', newest: table.generation };
  if (offer.generation > table.generation) {
    const { generation, route } = offer;
    return { is: 'taken', table: { ...table, generation, route, confirmedAt: now, ...standings(table.model, route) } };
  }
  if (!isSameRoute(offer.route, table.route)) return { is: 'other', newest: table.generation };
  return { is: 'renewed', table: confirm(table, offer.generation, now) };
}

/** Control said again that this generation holds. Any other generation changes nothing, and neither does what was said earlier. */
export function confirm(table: Table, generation: number, now: Ms): Table {
  const isNews = generation === table.generation && (table.confirmedAt === 'never' || table.confirmedAt < now);
  return isNews ? { ...table, confirmedAt: now } : table;
}

/** Which servers there are and proven, by pool: the whole list. */
export function withServers(table: Table, endpoints: readonly Endpoint[]): Table {
  const pools = new Map<PoolId, Endpoint[]>();
  for (const endpoint of endpoints) pools.set(endpoint.pool, [...(pools.get(endpoint.pool) ?? []), endpoint]);
  return { ...table, pools };
}

export function standing(table: Table, now: Ms): Standing {
  return holdsLease(table, now) ? table.leased : table.lapsed;
}

export function holdsLease({ route, confirmedAt }: Table, now: Ms): boolean {
  if (route === 'none' || route.leaseMs === 'none') return true;
  return confirmedAt !== 'never' && now - confirmedAt <= route.leaseMs;
}

function standings(model: ModelName, route: RouteTarget | 'none'): { leased: Standing; lapsed: Standing } {
  if (route === 'none') return { leased: { is: 'unknown' }, lapsed: { is: 'unknown' } };
  const stable = route.arms.find(({ arm }) => arm === 'stable') ?? 'none';
  const { split, leaseMs } = route;
  if (split === 'none') {
    const closed: Standing = {
      is: 'closed',
      why: `model '${model}' has no proven server yet: its route is closed until a release is proven`,
    };
    return { leased: closed, lapsed: closed };
  }
  const arms = route.arms.filter(({ arm }) => (split[arm] ?? 0) > 0);
  const leased: Standing = { is: 'open', arms, weights: arms.map(({ arm }) => split[arm] ?? 0), stable };
  if (leaseMs === 'none') return { leased, lapsed: leased };
  const lapsed: Standing =
    stable === 'none'
      ? { is: 'closed', why: `model '${model}' has no proven server yet: control has not confirmed its first release for ${leaseMs} ms` }
      : { is: 'open', arms: [stable], weights: [100], stable };
  return { leased, lapsed };
}

function isSameRoute(one: RouteTarget | 'none', other: RouteTarget | 'none'): boolean {
  return canonicalJson(one) === canonicalJson(other);
}
