import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { wordsOf } from '#core/base/fault.ts';
import type { Ms } from '#core/base/time.ts';
import { type Flow, samplesOf, serversOf } from '#core/traffic/flow.ts';
import { holdsLease } from '#core/traffic/table.ts';
import { answerAdmin } from './admin-port.ts';
import { announce, refuseTwin } from './announcement.ts';
import { type RefusalCode, refuse } from './answer.ts';
import { answerClient } from './client-port.ts';
import { EndpointFiles } from './endpoint-files.ts';
import { Flows } from './flows.ts';
import { Listener } from './listener.ts';
import { RouteFiles } from './route-files.ts';
import { Upstreams } from './upstreams.ts';

export type GatewaySettings = {
  /** Holds `gateway/routes/` (kept routes) and `run/` (endpoints, announcements). */
  readonly home: string;
  readonly id: string;
  readonly host: string;
  /** The client port that is wanted; another free one is taken when it is in use. 0: any. */
  readonly port: number;
  /** From a request's arrival to the last byte of its answer. */
  readonly deadlineMs: Ms;
  readonly connectMs: Ms;
  readonly bodyBytesMax: number;
  readonly requestsMax: number;
  /** How long what is under way may take to finish when the gateway ends. */
  readonly drainMs: Ms;
  /** How long idle connections stay open then, for a request that is on its way. */
  readonly drainIdleMs: Ms;
};

export const gatewayDefaults: Omit<GatewaySettings, 'home'> = {
  id: 'one',
  host: '127.0.0.1',
  port: 8080,
  deadlineMs: 30_000,
  connectMs: 2000,
  bodyBytesMax: 64 * 1024 * 1024,
  requestsMax: 1024,
  drainMs: 10_000,
  drainIdleMs: 1000,
};

export type GatewayWorld = {
  /** A clock that never jumps: leases and durations are measured on it. */
  readonly now: () => Ms;
  readonly log: (line: string) => void;
};

export type GatewayHandle = {
  readonly id: string;
  readonly incarnation: string;
  /** Base URLs. */
  readonly client: string;
  readonly admin: string;
  /** Stops accepting, finishes what is under way, and ends. */
  close(): Promise<void>;
};

/** Takes client traffic and splits it by weight. Serves from what is on disk until control and agents are heard. */
export async function gatewayApp(given: Partial<GatewaySettings> & { home: string }, world: GatewayWorld): Promise<GatewayHandle> {
  const settings: GatewaySettings = { ...gatewayDefaults, ...given };
  const { home, id, host, deadlineMs, bodyBytesMax, requestsMax, drainMs, drainIdleMs } = settings;
  const { now, log } = world;
  await refuseTwin(home, id);

  const incarnation = randomUUID().slice(0, 8);
  const flows = new Flows({ gateway: id, incarnation });
  const upstreams = new Upstreams(settings);
  const routes = new RouteFiles(join(home, 'gateway', 'routes'), log);
  for (const [model, offer] of await routes.load()) flows.restore(model, offer);
  const refusals = new Map<RefusalCode, number>();
  const forwarding = { upstreams, now, deadlineMs, bodyBytesMax, flows, onEnded: flows.ended.bind(flows) };
  const client: Listener = new Listener((request, response) => answerClient(request, response, clientWorld), { requestMs: deadlineMs * 2 });
  const clientWorld = {
    ...forwarding,
    requestsMax,
    underWay: () => client.underWay,
    isDraining: () => client.isDraining,
    refused: (code: RefusalCode) => refusals.set(code, (refusals.get(code) ?? 0) + 1),
  };
  const admin: Listener = new Listener(
    (request, response) => {
      answerAdmin(request, response, adminWorld).catch((thrown) => {
        if (response.headersSent) response.destroy();
        else refuse(response, 'bad-request', wordsOf(thrown));
      });
    },
    { requestMs: deadlineMs * 2 },
  );

  const about = { kind: 'gateway', id, incarnation, pid: process.pid, startedAt: Date.now() } as const;
  const at = { client: 'none', admin: 'none' };
  const adminWorld = {
    ...forwarding,
    routes,
    log,
    status: () => ({
      ...about,
      ...at,
      isDraining: client.isDraining,
      underWay: client.underWay,
      refused: Object.fromEntries(refusals),
      cpuMs: cpuMs(),
      models: [...flows.all()].map(([, flow]) => statusOf(flow, { id, incarnation, now: now() })),
    }),
  };

  const endpoints = new EndpointFiles(
    join(home, 'run', 'endpoints'),
    (servers) => {
      flows.takeServers(servers);
      upstreams.keepOnly(servers);
    },
    log,
  );
  endpoints.start();
  at.client = `http://${host.includes(':') ? `[${host}]` : host}:${await listenNear(client, settings, log)}`;
  at.admin = `http://127.0.0.1:${await admin.listen('127.0.0.1', 0)}`;
  const withdraw = await announce(home, { ...about, ...at });
  log(`gateway ${id}: clients at ${at.client}, admin at ${at.admin}`);

  const end = async (): Promise<void> => {
    await client.drain({ deadlineMs: drainMs, idleMs: drainIdleMs });
    await withdraw();
    await admin.drain({ deadlineMs: 1000, idleMs: 0 });
    endpoints.close();
    await upstreams.close();
  };
  let ending: Promise<void> | undefined;
  return {
    id,
    incarnation,
    ...at,
    close: () => {
      ending ??= end();
      return ending;
    },
  };
}

async function listenNear(listener: Listener, { host, port }: GatewaySettings, log: (line: string) => void): Promise<number> {
  try {
    return await listener.listen(host, port);
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE')) throw thrown;
    const other = await listener.listen(host, 0);
    log(`port ${port} is taken by someone else: clients are answered on port ${other} instead`);
    return other;
  }
}

function statusOf(flow: Flow, { id, incarnation, now }: { id: string; incarnation: string; now: Ms }): unknown {
  const { table, loads } = flow;
  return {
    model: table.model,
    generation: table.generation,
    route: table.route,
    lease: table.route === 'none' || table.route.leaseMs === 'none' ? 'none' : holdsLease(table, now) ? 'held' : 'run out',
    servers: serversOf(flow).map((server) => {
      const load = loads.servers.get(`${server.server}@${server.incarnation}`);
      return { ...server, inFlight: load?.inFlight ?? 0, restsForMs: Math.max(0, Math.ceil((load?.restsUntil ?? 0) - now)) };
    }),
    samples: samplesOf(flow, { reader: id, incarnation, at: Date.now() }),
  };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1000);
}
