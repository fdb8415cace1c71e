import { Fault } from '#core/base/fault.ts';
import type { ModelName } from '#core/base/names.ts';
import type { Ms } from '#core/base/time.ts';
import type { Answer, Endpoint, Endpoints, TrialSender } from '#core/ports/agent.ts';
import type { Clock, Traffic } from '#core/ports/control.ts';
import type { RouteTarget } from '#core/ports/targets.ts';
import type { InferRequest } from '#core/kserve/tensor.ts';
import type { PoolId } from '#core/signals/sample.ts';
import {
  again,
  ended,
  type Flow,
  inFlightOf,
  newFlow,
  type Refusal,
  samplesOf,
  send,
  sendTrial,
  takeRoute,
  takeServers,
} from '#core/traffic/flow.ts';
import { type RouteOffer, restoredTable } from '#core/traffic/table.ts';

/** What a server makes of one request. */
export type Reply = { readonly ok: boolean; readonly durationMs: Ms } | 'no server';

/** What became of the requests of one `drive`. `diverted`: meant for another pool than the one that answered. */
export type Driven = {
  readonly sent: number;
  readonly answered: Readonly<Record<PoolId, number>>;
  readonly failed: number;
  readonly refused: Readonly<Partial<Record<Refusal['code'], number>>>;
};

/** Gateways in memory. They run the machine that real ones run; only sockets and disks are made up. */
export type FakeGateways = Traffic & {
  readonly ids: readonly string[];
  /** The fast feed: what an agent publishes is what all gateways know at once. */
  endpoints(agent: string): Endpoints;
  /** Client traffic that ends now: so many a second for so long, over all gateways. `answer` is asked once for each request that reaches a server. */
  drive(model: ModelName, perSecond: number, ms: Ms, answer: (server: Endpoint) => Reply): Driven;
  /** Sends trials to a pool; they are counted as such. */
  trials(answer: (server: Endpoint, request: InferRequest) => Promise<Answer>): TrialSender;
  /** It hears and answers nobody, but goes on serving. */
  setSilent(gateway: string, isSilent: boolean): void;
  /** Counts and leases are lost, routes come back from its disk. */
  restart(gateway: string): void;
  /** Writes arrive so much later; nobody is told. */
  lateApply(gateway: string, ms: Ms): void;
};

type Gateway = {
  readonly id: string;
  incarnation: number;
  isSilent: boolean;
  lateMs: Ms;
  /** When control last had an answer from it. */
  heardAt: Ms;
  flows: Map<ModelName, Flow>;
};

export function fakeGateways({ clock, dice, count }: { clock: Clock; dice: () => number; count: number }): FakeGateways {
  const all: Gateway[] = Array.from({ length: count }, (_, index) => ({
    id: `gateway-${index + 1}`,
    incarnation: 1,
    isSilent: false,
    lateMs: 0,
    heardAt: clock.now(),
    flows: new Map(),
  }));
  const published = new Map<string, readonly Endpoint[]>();
  const watchers = new Set<(model: ModelName) => void>();
  const remainders = new Map<ModelName, number>();

  const changed = (model: ModelName): void => {
    for (const watcher of watchers) watcher(model);
  };
  const serversOf = (model: ModelName): Endpoint[] => [...published.values()].flat().filter((endpoint) => endpoint.model === model);
  const flowOf = ({ flows }: Gateway, model: ModelName): Flow => {
    const known = flows.get(model);
    if (known) return known;
    const flow = newFlow(model);
    takeServers(flow, serversOf(model));
    flows.set(model, flow);
    return flow;
  };
  const gatewayOf = (id: string): Gateway => {
    const found = all.find((gateway) => gateway.id === id);
    if (!found) throw new RangeError(`no gateway ${id} among ${all.map((gateway) => gateway.id).join(', ')}`);
    return found;
  };
  const hear = (): Gateway[] => {
    const heard = all.filter(({ isSilent }) => !isSilent);
    for (const gateway of heard) gateway.heardAt = clock.now();
    return heard;
  };
  const offerTo = (gateway: Gateway, model: ModelName, offer: RouteOffer, meantAt: Ms): 'fine' | number => {
    const acceptance = takeRoute(flowOf(gateway, model), offer, meantAt);
    if (acceptance.is === 'taken') changed(model);
    return 'newest' in acceptance ? acceptance.newest : 'fine';
  };
  const offerLate = async (gateway: Gateway, model: ModelName, offer: RouteOffer): Promise<void> => {
    const meantAt = gateway.heardAt;
    const { incarnation } = gateway;
    await clock.sleep(gateway.lateMs);
    if (gateway.incarnation === incarnation) offerTo(gateway, model, offer, meantAt);
  };

  return {
    capabilities: ['weights', 'leases', 'counts', 'trials', 'observed-generation'],
    ids: all.map(({ id }) => id),

    async apply(model: ModelName, route: RouteTarget | 'none', generation: number): Promise<void> {
      const offer = { route, generation };
      for (const gateway of all) if (gateway.lateMs > 0) void offerLate(gateway, model, offer);
      const answers = hear()
        .filter(({ lateMs }) => lateMs === 0)
        .map((gateway) => offerTo(gateway, model, offer, gateway.heardAt));
      const newest = answers.find((answer) => answer !== 'fine');
      if (newest !== undefined) {
        throw new Fault('traffic/refused', `a gateway refuses generation ${generation} of ${model}: it has ${newest}`, {
          isRetryable: false,
        });
      }
    },

    async gateways(model) {
      hear();
      return all.map((gateway) => ({
        gateway: gateway.id,
        incarnation: `${gateway.id}.${gateway.incarnation}`,
        heardAt: gateway.heardAt,
        accepted: flowOf(gateway, model).table.generation,
        inFlight: inFlightOf(flowOf(gateway, model)),
      }));
    },

    async samples(model) {
      const heard = hear();
      if (heard.length === 0 && all.length > 0) throw new Fault('traffic/unreachable', 'no gateway answers', { isRetryable: true });
      return heard.flatMap((gateway) =>
        samplesOf(flowOf(gateway, model), { reader: gateway.id, incarnation: `${gateway.id}.${gateway.incarnation}`, at: clock.now() }),
      );
    },

    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },

    endpoints: (agent) => ({
      async publish(endpoints) {
        const before = published.get(agent) ?? [];
        published.set(agent, endpoints);
        for (const model of new Set([...before, ...endpoints].map((endpoint) => endpoint.model))) {
          for (const gateway of all) takeServers(flowOf(gateway, model), serversOf(model));
          changed(model);
        }
      },
    }),

    drive(model, perSecond, ms, answer) {
      const due = (perSecond * ms) / 1000 + (remainders.get(model) ?? 0);
      const sent = Math.floor(due);
      remainders.set(model, due - sent);
      const answered: Record<PoolId, number> = {};
      const refused: Partial<Record<Refusal['code'], number>> = {};
      let failed = 0;
      for (let request = 0; request < sent; request++) {
        const gateway = all[Math.floor(dice() * all.length)] ?? gatewayOf('none');
        const flow = flowOf(gateway, model);
        const { pool, outcome } = handle(flow, answer, clock.now());
        if (outcome === 'ok') answered[pool] = (answered[pool] ?? 0) + 1;
        else if (outcome === 'failed') failed += 1;
        else refused[outcome] = (refused[outcome] ?? 0) + 1;
      }
      return { sent, answered, failed, refused };
    },

    trials: (answer) => ({
      async infer(model, pool, request) {
        const gateway = all.find(({ isSilent }) => !isSilent);
        if (!gateway) throw new Fault('triton/no-gateway', 'no gateway answers', { isRetryable: true });
        const flow = flowOf(gateway, model);
        const sending = sendTrial(flow, { pool, purpose: 'trial' }, clock.now());
        if (sending.is === 'refused') throw new Fault('triton/no-server', sending.says, { isRetryable: true });
        const began = clock.now();
        const over = (outcome: 'ok' | 'error'): void =>
          ended(flow, sending, { outcome, durationMs: clock.now() - began, way: outcome === 'ok' ? 'answered' : 'cut' }, clock.now());
        try {
          const got = await answer(sending.server, request);
          over('ok');
          return got;
        } catch (thrown) {
          over('error');
          throw thrown;
        }
      },
    }),

    setSilent(id, isSilent) {
      gatewayOf(id).isSilent = isSilent;
    },

    restart(id) {
      const gateway = gatewayOf(id);
      gateway.incarnation += 1;
      gateway.flows = new Map(
        [...gateway.flows].map(([model, { table }]) => {
          const flow = newFlow(model, restoredTable(model, table));
          takeServers(flow, serversOf(model));
          return [model, flow];
        }),
      );
      for (const model of gateway.flows.keys()) changed(model);
    },

    lateApply(id, ms) {
      gatewayOf(id).lateMs = ms;
    },
  };
}

/** One client request through the machine, as the real gateway takes it: a server that is not there is found out once, then passed by. */
function handle(flow: Flow, answer: (server: Endpoint) => Reply, now: Ms): { pool: PoolId; outcome: 'ok' | 'failed' | Refusal['code'] } {
  let sending = send(flow, 'client', now);
  if (sending.is === 'refused') return { pool: 'none', outcome: sending.code };
  let reply = answer(sending.server);
  if (reply === 'no server') {
    const next = again(flow, sending, 1, now);
    if (next === 'spent') return { pool: sending.pool, outcome: 'failed' };
    sending = next;
    reply = answer(sending.server);
  }
  const isAnswered = reply !== 'no server';
  const outcome = reply !== 'no server' && reply.ok ? 'ok' : 'error';
  ended(
    flow,
    sending,
    { outcome, durationMs: reply === 'no server' ? 1 : reply.durationMs, way: isAnswered ? 'answered' : 'unreachable' },
    now,
  );
  return { pool: sending.pool, outcome: outcome === 'ok' ? 'ok' : 'failed' };
}
