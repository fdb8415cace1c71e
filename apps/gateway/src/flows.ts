import type { ModelName } from '#core/base/names.ts';
import type { Ms } from '#core/base/time.ts';
import type { Endpoint } from '#core/ports/agent.ts';
import type { PoolId } from '#core/signals/sample.ts';
import { type Flow, inFlightOf, newFlow, type Sending, samplesOf, serversOf, takeRoute, takeServers } from '#core/traffic/flow.ts';
import { type Acceptance, type RouteOffer, restoredTable } from '#core/traffic/table.ts';
import type { Changes, ModelReport } from '#core/traffic/wire.ts';

/** The flows of all models, and when which of them changed in a way that control wants to hear of. */
export class Flows {
  readonly gateway: string;
  readonly incarnation: string;
  readonly #flows = new Map<ModelName, Flow>();
  readonly #changedAt = new Map<ModelName, number>();
  #changes = 0;

  constructor({ gateway, incarnation }: { gateway: string; incarnation: string }) {
    this.gateway = gateway;
    this.incarnation = incarnation;
  }

  get(model: ModelName): Flow | undefined {
    return this.#flows.get(model);
  }

  all(): IterableIterator<[ModelName, Flow]> {
    return this.#flows.entries();
  }

  restore(model: ModelName, offer: RouteOffer): void {
    this.#flows.set(model, newFlow(model, restoredTable(model, offer)));
  }

  takeRoute(model: ModelName, offer: RouteOffer, now: Ms): Acceptance {
    const acceptance = takeRoute(this.#flowOf(model), offer, now);
    if (acceptance.is === 'taken') this.#change(model);
    return acceptance;
  }

  /** The whole list, of all models. */
  takeServers(endpoints: readonly Endpoint[]): void {
    const byModel = Map.groupBy(endpoints, ({ model }) => model);
    for (const model of new Set([...byModel.keys(), ...this.#flows.keys()])) {
      const servers = byModel.get(model) ?? [];
      const flow = this.#flowOf(model);
      if (isSame(serversOf(flow), servers)) continue;
      takeServers(flow, servers);
      this.#change(model);
    }
  }

  /** A pool that gets no requests any more has none left: control waits for that. */
  ended(flow: Flow, { purpose, pool }: Sending): void {
    if (purpose !== 'client' || (flow.tallies.get(pool)?.inFlight ?? 0) > 0 || isWeighted(flow, pool)) return;
    this.#change(flow.table.model);
  }

  report(model: ModelName, at: Ms): ModelReport {
    const { gateway, incarnation } = this;
    const flow = this.#flows.get(model);
    return {
      seen: { gateway, incarnation, accepted: flow?.table.generation ?? 0, inFlight: flow ? inFlightOf(flow) : {} },
      samples: flow ? samplesOf(flow, { reader: gateway, incarnation, at }) : [],
    };
  }

  changesAfter(after: number): Changes {
    const models = [...this.#changedAt].filter(([, at]) => at > after).map(([model]) => model);
    return { incarnation: this.incarnation, upTo: this.#changes, models };
  }

  #flowOf(model: ModelName): Flow {
    const known = this.#flows.get(model);
    if (known) return known;
    const flow = newFlow(model);
    this.#flows.set(model, flow);
    return flow;
  }

  #change(model: ModelName): void {
    this.#changedAt.set(model, ++this.#changes);
  }
}

function isWeighted(flow: Flow, pool: PoolId): boolean {
  return flow.standing.is === 'open' && flow.standing.arms.some((arm) => arm.pool === pool);
}

function isSame(some: readonly Endpoint[], others: readonly Endpoint[]): boolean {
  const text = (endpoints: readonly Endpoint[]): string =>
    endpoints
      .map(({ server, incarnation, pool, http }) => `${server} ${incarnation} ${pool} ${http}`)
      .sort()
      .join('\n');
  return text(some) === text(others);
}
