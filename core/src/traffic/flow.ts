import type { ModelName } from '../base/names.ts';
import type { Ms } from '../base/time.ts';
import type { Endpoint } from '../ports/agent.ts';
import type { GatewaySample, PoolId } from '../signals/sample.ts';
import type { Outcome } from './outcome.ts';
import { forgetGone, type Loads, letRest, loadOf, noLoads, pick, wake } from './pick.ts';
import { type Credits, noCredits, takeTurn } from './route.ts';
import {
  type Acceptance,
  accept,
  emptyTable,
  type RoutedArm,
  type RouteOffer,
  type Standing,
  standing,
  type Table,
  withServers,
} from './table.ts';
import { countBy, countEnded, newTally, sampleOf, type Tally } from './tally.ts';

/**
 * The traffic of one model through one gateway: the table, whose turn it is, what is under way, what was counted. No sockets and no
 * clock, so that the simulator runs the same machine. Times are of a clock that never jumps. Changed in place, by these functions only.
 */
export type Flow = {
  table: Table;
  standing: Standing;
  credits: Credits;
  readonly loads: Loads;
  readonly tallies: Map<PoolId, Tally>;
  /** Retries that may be spent: a tenth of one comes back with each request. */
  retries: number;
};

/** What a request is to us: clients' inference counts, our own trials are kept apart, questions about the model count nowhere. */
export type Purpose = 'client' | 'trial' | 'question';

export type Refusal = { readonly is: 'refused'; readonly code: 'unknown-model' | 'closed' | 'no-server'; readonly says: string };

/** One request and the server that it goes to. */
export type Sending = {
  readonly is: 'sent';
  readonly purpose: Purpose;
  readonly arm: RoutedArm | 'none';
  readonly pool: PoolId;
  readonly server: Endpoint;
};

export function newFlow(model: ModelName, table: Table = emptyTable(model)): Flow {
  const flow: Flow = { table, standing: { is: 'unknown' }, credits: [], loads: noLoads(), tallies: new Map(), retries: retriesMax };
  tend(flow);
  return flow;
}

export function takeRoute(flow: Flow, offer: RouteOffer, now: Ms): Acceptance {
  const acceptance = accept(flow.table, offer, now);
  if ('table' in acceptance) flow.table = acceptance.table;
  if (acceptance.is === 'taken') tend(flow);
  return acceptance;
}

export function takeServers(flow: Flow, endpoints: readonly Endpoint[]): void {
  flow.table = withServers(flow.table, endpoints);
  forgetGone(flow.loads, endpoints);
  tend(flow);
}

/** Where the next request of this model goes. What is sent must be given to `ended`, or to `again`, exactly once. */
export function send(flow: Flow, purpose: 'client' | 'question', now: Ms): Sending | Refusal {
  const stands = standingNow(flow, now);
  switch (stands.is) {
    case 'unknown':
      return { is: 'refused', code: 'unknown-model', says: `Request for unknown model: '${flow.table.model}' is not found` };
    case 'closed':
      return { is: 'refused', code: 'closed', says: stands.why };
    case 'open': {
      flow.retries = Math.min(retriesMax, flow.retries + retriesPerRequest);
      const arm = purpose === 'client' ? nextArm(flow, stands) : mainArm(stands);
      const server = serverOf(flow, arm, stands, now);
      if (server !== 'none') return begin(flow, { is: 'sent', purpose, arm, pool: arm.pool, server });
      return divert(flow, { purpose, arm }, stands, now) ?? refuse(flow, { purpose, arm });
    }
  }
}

/** What we send ourselves goes to its pool whatever the route says. */
export function sendTrial(flow: Flow, { pool, purpose }: { pool: PoolId; purpose: 'trial' | 'question' }, now: Ms): Sending | Refusal {
  const server = pick(flow.table.pools.get(pool) ?? [], flow.loads, now, { mayRest: false });
  if (server !== 'none') return begin(flow, { is: 'sent', purpose, arm: 'none', pool, server });
  return { is: 'refused', code: 'no-server', says: `no proven server in pool '${pool}' of model '${flow.table.model}'` };
}

/**
 * The connection failed before a byte was sent, so nobody has seen the request: it may go to another server of its pool, or to
 * stable, once, as long as retries are left. 'spent': it ends here, and the failure counts.
 */
export function again(flow: Flow, failed: Sending, durationMs: Ms, now: Ms): Sending | 'spent' {
  const load = loadOf(flow.loads, failed.server);
  letRest(load, now);
  const stands = standingNow(flow, now);
  if (failed.purpose !== 'trial' && failed.arm !== 'none' && stands.is === 'open' && flow.retries >= 1) {
    const { purpose, arm } = failed;
    const sibling = serverOf(flow, arm, stands, now, failed.server);
    const next = sibling === 'none' ? divert(flow, { purpose, arm }, stands, now) : begin(flow, { ...failed, server: sibling });
    if (next) {
      flow.retries -= 1;
      release(flow, failed);
      return next;
    }
  }
  release(flow, failed);
  count(flow, failed, 'error', durationMs);
  return 'spent';
}

/** How a request ended. `unreachable`: the connection was reset, or failed after bytes had been sent; the server rests a little. */
export function ended(
  flow: Flow,
  sending: Sending,
  how: { outcome: Outcome; durationMs: Ms; way: 'answered' | 'cut' | 'unreachable' },
  now: Ms,
): void {
  const load = loadOf(flow.loads, sending.server);
  if (how.way === 'answered') wake(load);
  if (how.way === 'unreachable') letRest(load, now);
  release(flow, sending);
  count(flow, sending, how.outcome, how.durationMs);
}

export function samplesOf(flow: Flow, who: { reader: string; incarnation: string; at: Ms }): GatewaySample[] {
  return [...flow.tallies].map(([pool, tally]) => sampleOf(tally, { ...who, model: flow.table.model, pool }));
}

/** Requests under way, trials included, by pool. */
export function inFlightOf(flow: Flow): Record<PoolId, number> {
  return Object.fromEntries([...flow.tallies].map(([pool, { inFlight }]) => [pool, inFlight]));
}

export function serversOf(flow: Flow): Endpoint[] {
  return [...flow.table.pools.values()].flat();
}

const retriesPerRequest = 0.1;
const retriesMax = 10;
/** Pools of the past whose counts are still told; a bound, so that a gateway does not grow with every release. */
const pastPoolsMax = 32;

type Open = Extract<Standing, { is: 'open' }>;
type Meant = { readonly purpose: Purpose; readonly arm: RoutedArm };

function standingNow(flow: Flow, now: Ms): Standing {
  const stands = standing(flow.table, now);
  if (stands !== flow.standing) {
    flow.standing = stands;
    flow.credits = stands.is === 'open' ? noCredits(stands.arms.length) : [];
  }
  return stands;
}

function nextArm(flow: Flow, stands: Open): RoutedArm {
  const { chosen, credits } = takeTurn(stands.weights, flow.credits);
  flow.credits = credits;
  return armAt(stands, chosen);
}

/** Questions (metadata, readiness) do not take turns: they go to stable, or to whoever has most of the traffic. */
function mainArm(stands: Open): RoutedArm {
  return stands.stable !== 'none' ? stands.stable : armAt(stands, stands.weights.indexOf(Math.max(...stands.weights)));
}

function armAt({ arms }: Open, index: number): RoutedArm {
  const arm = arms[index];
  if (arm === undefined) throw new RangeError(`no arm ${index} of ${arms.length}`);
  return arm;
}

function serverOf(flow: Flow, arm: RoutedArm, { stable }: Open, now: Ms, except?: Endpoint): Endpoint | 'none' {
  const mayRest = stable !== 'none' && stable.pool !== arm.pool && flow.table.pools.has(stable.pool);
  return pick(flow.table.pools.get(arm.pool) ?? [], flow.loads, now, except === undefined ? { mayRest } : { mayRest, except });
}

/** Stable answers for an arm that cannot. Never the other way round: nobody gets more of a candidate than its weight. */
function divert(flow: Flow, { purpose, arm }: Meant, { stable }: Open, now: Ms): Sending | undefined {
  if (stable === 'none' || stable.pool === arm.pool) return undefined;
  const server = pick(flow.table.pools.get(stable.pool) ?? [], flow.loads, now, { mayRest: false });
  if (server === 'none') return undefined;
  if (purpose === 'client') tallyOf(flow, arm.pool).diverted += 1;
  return begin(flow, { is: 'sent', purpose, arm: stable, pool: stable.pool, server });
}

/** Nobody can answer. For a client that is an error of the pool that was meant to. */
function refuse(flow: Flow, { purpose, arm }: Meant): Refusal {
  if (purpose === 'client') countEnded(tallyOf(flow, arm.pool), 'error', 0);
  return { is: 'refused', code: 'no-server', says: `model '${flow.table.model}' has no proven server yet: none in the pool of ${arm.arm}` };
}

function begin(flow: Flow, sending: Sending): Sending {
  loadOf(flow.loads, sending.server).inFlight += 1;
  tallyOf(flow, sending.pool).inFlight += 1;
  return sending;
}

function release(flow: Flow, { server, pool }: Sending): void {
  loadOf(flow.loads, server).inFlight -= 1;
  tallyOf(flow, pool).inFlight -= 1;
}

function count(flow: Flow, { purpose, pool }: Sending, outcome: Outcome, durationMs: Ms): void {
  if (purpose === 'client') countEnded(tallyOf(flow, pool), outcome, durationMs);
  if (purpose === 'trial') tallyOf(flow, pool).trials += 1;
}

function tallyOf(flow: Flow, pool: PoolId): Tally {
  const known = flow.tallies.get(pool);
  if (known) return known;
  const tally = newTally(flow.table.route === 'none' ? undefined : flow.table.route.edgesMs);
  flow.tallies.set(pool, tally);
  return tally;
}

/** After either feed has changed: a tally for every pool there is, by the route's edges, and only so many of the past. */
function tend(flow: Flow): void {
  const { route, pools } = flow.table;
  const routed = route === 'none' ? [] : route.arms.map(({ pool }) => pool);
  const present = new Set([...routed, ...pools.keys()]);
  for (const pool of present) tallyOf(flow, pool);
  if (route !== 'none') for (const pool of routed) countBy(tallyOf(flow, pool), route.edgesMs);
  const past = [...flow.tallies].filter(([pool, { inFlight }]) => !present.has(pool) && inFlight === 0);
  for (const [pool] of past.slice(0, Math.max(0, past.length - pastPoolsMax))) flow.tallies.delete(pool);
}
