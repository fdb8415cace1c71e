import type { Ms } from '../base/time.ts';
import type { Endpoint } from '../ports/agent.ts';

/** What a gateway remembers of one incarnation of a server. Changed in place: this is the hot path. */
export type ServerLoad = {
  inFlight: number;
  /** Until then it is skipped, because a connection to it failed. */
  restsUntil: Ms;
  failuresInARow: number;
};

/** By server and incarnation. `turn` breaks ties, so that equal servers take turns. */
export type Loads = { readonly servers: Map<string, ServerLoad>; turn: number };

export const noLoads = (): Loads => ({ servers: new Map(), turn: 0 });

/**
 * The server with the fewest requests under way; ties take turns. Servers at rest are skipped, but never more than half of a pool,
 * so that a bad minute of the network does not throw everything on the rest of it. A pool whose requests another one can take
 * (`mayRest`) may rest as a whole: then they are diverted there.
 */
export function pick(
  servers: readonly Endpoint[],
  loads: Loads,
  now: Ms,
  { mayRest, except }: { mayRest: boolean; except?: Endpoint },
): Endpoint | 'none' {
  const open = servers.length === 0 ? servers : openServers(servers, loads, now, mayRest);
  loads.turn += 1;
  let best: Endpoint | 'none' = 'none';
  let fewest = Number.POSITIVE_INFINITY;
  for (let step = 0; step < open.length; step++) {
    const server = open[(loads.turn + step) % open.length];
    if (server === undefined || (except !== undefined && keyOf(server) === keyOf(except))) continue;
    const inFlight = loads.servers.get(keyOf(server))?.inFlight ?? 0;
    if (inFlight < fewest) [best, fewest] = [server, inFlight];
  }
  return best;
}

export function loadOf(loads: Loads, server: Endpoint): ServerLoad {
  const key = keyOf(server);
  const known = loads.servers.get(key);
  if (known) return known;
  const load = { inFlight: 0, restsUntil: 0, failuresInARow: 0 };
  loads.servers.set(key, load);
  return load;
}

/** A connection to it was refused or reset: it rests, longer each time in a row. */
export function letRest(load: ServerLoad, now: Ms): void {
  load.restsUntil = now + Math.min(restMs * 2 ** load.failuresInARow, restMsMax);
  load.failuresInARow += 1;
}

/** It answered: whatever was wrong with the way to it is over. */
export function wake(load: ServerLoad): void {
  load.restsUntil = 0;
  load.failuresInARow = 0;
}

/** Forgets servers that are gone and have nothing under way. */
export function forgetGone(loads: Loads, servers: readonly Endpoint[]): void {
  const present = new Set(servers.map(keyOf));
  for (const [key, load] of loads.servers) if (load.inFlight === 0 && !present.has(key)) loads.servers.delete(key);
}

const restMs = 1000;
const restMsMax = 15_000;

function openServers(servers: readonly Endpoint[], loads: Loads, now: Ms, mayRest: boolean): readonly Endpoint[] {
  const restsUntil = (server: Endpoint): Ms => loads.servers.get(keyOf(server))?.restsUntil ?? 0;
  if (!servers.some((server) => restsUntil(server) > now)) return servers;
  const awake = servers.filter((server) => restsUntil(server) <= now);
  const awakeMin = mayRest ? 0 : servers.length - Math.floor(servers.length / 2);
  if (awake.length >= awakeMin) return awake;
  const resting = servers.filter((server) => restsUntil(server) > now).sort((a, b) => restsUntil(a) - restsUntil(b));
  return [...awake, ...resting.slice(0, awakeMin - awake.length)];
}

const keyOf = ({ server, incarnation }: Endpoint): string => `${server}@${incarnation}`;
