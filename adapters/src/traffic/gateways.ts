import { request } from 'undici';
import { Fault, wordsOf } from '#core/base/fault.ts';
import type { ModelName } from '#core/base/names.ts';
import type { Ms } from '#core/base/time.ts';
import type { Clock, Traffic } from '#core/ports/control.ts';
import type { RouteTarget } from '#core/ports/targets.ts';
import type { GatewaySeen } from '#core/rollout/known.ts';
import type { GatewaySample } from '#core/signals/sample.ts';
import {
  changes,
  formatClock,
  type GatewayAnnounced,
  type GatewayClock,
  type ModelReport,
  modelReport,
  parseClock,
} from '#core/traffic/wire.ts';
import { announcedGateways, isRunning } from './announced.ts';

export type GatewaysWorld = {
  readonly home: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: (line: string) => void;
  /** How long one gateway may take to answer. */
  readonly patienceMs?: Ms;
};

/** Traffic through all gateways of this home, over their admin ports. One that does not answer keeps no other waiting for long. */
export function gateways(world: GatewaysWorld): Traffic {
  return new Gateways(world);
}

/** What is remembered of one incarnation of a gateway. */
type Known = {
  readonly about: GatewayAnnounced;
  /** Never answered so far: since when we know of it. A silent gateway is waited for from here. */
  heardAt: Ms;
  isSilent: boolean;
  clock: GatewayClock | 'none';
  changes: number;
  readonly reports: Map<ModelName, ModelReport>;
};

const patienceMsUsual = 2000;
/** For one that did not answer last time. */
const patienceMsSilent = 300;
const changesEveryMs = 500;
const leaseMsUsual = 15_000;

class Gateways implements Traffic {
  readonly capabilities = ['weights', 'leases', 'counts', 'trials', 'observed-generation'] as const;
  readonly #world: GatewaysWorld;
  readonly #known = new Map<string, Known>();
  readonly #leasesMs = new Map<ModelName, Ms>();
  readonly #asking = new Map<ModelName, Promise<Known[]>>();

  constructor(world: GatewaysWorld) {
    this.#world = world;
  }

  async apply(model: ModelName, route: RouteTarget | 'none', generation: number): Promise<void> {
    if (route !== 'none' && route.leaseMs !== 'none') this.#leasesMs.set(model, route.leaseMs);
    const answers = await Promise.all((await this.#all()).map((gateway) => this.#put(gateway, model, { route, generation })));
    const refused = answers.find(({ status }) => status === 409 || status === 400);
    if (refused) throw new Fault('traffic/refused', `a gateway refuses the route of ${model}: ${refused.says}`, { isRetryable: false });
  }

  async gateways(model: ModelName): Promise<GatewaySeen[]> {
    const all = await this.#ask(model);
    return all.map(({ about, heardAt, reports }) => {
      const seen = reports.get(model)?.seen ?? { accepted: 0, inFlight: {} };
      return { ...seen, gateway: about.id, incarnation: about.incarnation, heardAt };
    });
  }

  /** The last counts of a gateway that is silent now are still true: counters only rise. */
  async samples(model: ModelName): Promise<GatewaySample[]> {
    const all = await this.#ask(model);
    const reports = all.flatMap(({ reports }) => reports.get(model) ?? []);
    if (all.length > 0 && reports.length === 0) {
      throw new Fault('traffic/unreachable', `none of ${all.length} gateways has answered yet`, { isRetryable: true });
    }
    return reports.flatMap(({ samples }) => samples);
  }

  watch(changed: (model: ModelName) => void): () => void {
    let isOver = false;
    let timer: NodeJS.Timeout;
    const look = async (): Promise<void> => {
      for (const model of await this.#changedModels().catch(() => [])) if (!isOver) changed(model);
      if (!isOver) timer = setTimeout(() => void look(), changesEveryMs).unref();
    };
    timer = setTimeout(() => void look(), 0).unref();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }

  async #put(
    gateway: Known,
    model: ModelName,
    offer: { route: RouteTarget | 'none'; generation: number },
  ): Promise<{ status: number | 'none'; says: string }> {
    // A lease counts from the gateway's own time as we last heard it, so we must have heard it once.
    if (gateway.clock === 'none' && !(await this.#call(gateway, 'GET', '/v1/health'))) return { status: 'none', says: 'silent' };
    const answer = await this.#call(gateway, 'PUT', `/v1/routes/${encodeURIComponent(model)}`, offer);
    return answer ? { status: answer.status, says: `${gateway.about.id}: ${answer.text}` } : { status: 'none', says: 'silent' };
  }

  /** Asks every gateway about a model; who asks at the same time shares the answers. */
  #ask(model: ModelName): Promise<Known[]> {
    const asking = this.#asking.get(model);
    if (asking) return asking;
    const asked = this.#askAll(model).finally(() => this.#asking.delete(model));
    this.#asking.set(model, asked);
    return asked;
  }

  async #askAll(model: ModelName): Promise<Known[]> {
    const all = await this.#all();
    await Promise.all(
      all.map(async (gateway) => {
        const answer = await this.#call(gateway, 'GET', `/v1/models/${encodeURIComponent(model)}`);
        if (answer?.status === 200) gateway.reports.set(model, modelReport.parse(JSON.parse(answer.text)));
      }),
    );
    return all;
  }

  /** Who is announced, less those that were killed and whose leases are over. */
  async #all(): Promise<Known[]> {
    const now = this.#world.clock.now();
    const leaseMs = Math.max(leaseMsUsual, ...this.#leasesMs.values());
    const all: Known[] = [];
    const announced = await announcedGateways(this.#world.home);
    for (const about of announced) {
      let known = this.#known.get(about.id);
      if (known?.about.incarnation !== about.incarnation) {
        known = { about, heardAt: now, isSilent: false, clock: 'none', changes: 0, reports: new Map() };
        this.#known.set(about.id, known);
      }
      const isOver = known.isSilent && now - known.heardAt > leaseMs && !isRunning(about.pid);
      if (!isOver) all.push(known);
    }
    for (const id of this.#known.keys()) if (!announced.some((about) => about.id === id)) this.#known.delete(id);
    return all;
  }

  async #changedModels(): Promise<Set<ModelName>> {
    const models = new Set<ModelName>();
    const before = [...this.#known.values()];
    const all = await this.#all();
    const isOther = all.length !== before.length || all.some((gateway) => !before.includes(gateway));
    await Promise.all(
      all.map(async (gateway) => {
        const wasSilent = gateway.isSilent;
        const answer = await this.#call(gateway, 'GET', `/v1/changes?after=${gateway.changes}`);
        if (answer?.status === 200) {
          const { upTo, models: changed } = changes.parse(JSON.parse(answer.text));
          gateway.changes = upTo;
          for (const model of changed) models.add(model);
        }
        // One that falls silent, or speaks again, concerns all that it serves.
        if (isOther || gateway.isSilent !== wasSilent) for (const model of gateway.reports.keys()) models.add(model);
      }),
    );
    return models;
  }

  async #call(gateway: Known, method: 'GET' | 'PUT', path: string, body?: unknown): Promise<{ status: number; text: string } | undefined> {
    const { clock, log, patienceMs = patienceMsUsual } = this.#world;
    const signal = AbortSignal.timeout(gateway.isSilent ? Math.min(patienceMsSilent, patienceMs) : patienceMs);
    const heard = gateway.clock === 'none' ? {} : { 'conch-clock': formatClock(gateway.clock) };
    try {
      const answer = await request(`${gateway.about.admin}${path}`, {
        method,
        signal,
        headers: { 'content-type': 'application/json', ...heard },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      const time = parseClock(answer.headers['conch-clock']);
      // Another process answers on the port of one that was killed: that is no sign of life.
      if (time === 'none' || time.incarnation !== gateway.about.incarnation) throw new Error('someone else answers there');
      if (gateway.isSilent) log(`gateway ${gateway.about.id} answers again`);
      gateway.clock = time;
      gateway.heardAt = clock.now();
      gateway.isSilent = false;
      return { status: answer.statusCode, text };
    } catch (thrown) {
      if (!gateway.isSilent) log(`gateway ${gateway.about.id} does not answer at ${gateway.about.admin}: ${wordsOf(thrown)}`);
      gateway.isSilent = true;
      return undefined;
    }
  }
}
