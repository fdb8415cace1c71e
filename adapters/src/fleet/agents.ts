import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { request } from 'undici';
import { backoffMs } from '#core/base/backoff.ts';
import { Fault, wordsOf } from '#core/base/fault.ts';
import type { ModelName } from '#core/base/names.ts';
import type { Ms } from '#core/base/time.ts';
import type { Clock, Fleet, Trials, Watch } from '#core/ports/control.ts';
import {
  type AgentAnnounced,
  type AgentReport,
  agentAnnounced,
  agentReport,
  changesLine,
  type PoolsOffer,
  type TrialsOffer,
} from '#core/rollout/fleet-wire.ts';

export type AgentsWorld = {
  readonly home: string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** How long an agent may take to answer. */
  readonly patienceMs?: Ms;
};

/**
 * The fleet of a local world: what its agent runs. There is one agent in it; when several have announced themselves, the one with the
 * lowest id is meant, and the others are said to be left alone. An agent out of reach is a Fault, so that nobody takes it for no servers.
 */
export function agents(world: AgentsWorld): { fleet: Fleet; trials: Trials } {
  const line = new AgentLine(world);
  const watch: Watch['watch'] = (changed) => line.watch(changed);
  return {
    fleet: {
      watch,
      apply: (model, pools, generation) => line.put(model, 'pools', { generation, pools }),
      servers: async (model) => [...(await line.report(model)).servers],
      samples: async (model) => [...(await line.report(model)).samples],
    },
    trials: {
      watch,
      apply: (model, trials, generation) => line.put(model, 'trials', { generation, trials }),
      results: async (model) => [...(await line.report(model)).results],
    },
  };
}

const patienceMsUsual = 2000;
/** The agent says something every second; so long without a word and it is taken for gone. */
const silenceMsMax = 3500;
const reconnect = { first: 100, most: 2000 };

class AgentLine {
  readonly #world: AgentsWorld;
  readonly #models = new Set<ModelName>();
  readonly #watchers = new Set<(model: ModelName) => void>();
  /** Who asks for servers, samples and results at the same time shares one answer, which also makes them agree. */
  readonly #asking = new Map<ModelName, Promise<AgentReport>>();
  #listening: AbortController | 'no' = 'no';
  #ignored = '';

  constructor(world: AgentsWorld) {
    this.#world = world;
  }

  async put(model: ModelName, what: 'pools' | 'trials', offer: PoolsOffer | TrialsOffer): Promise<void> {
    this.#models.add(model);
    const { status, text } = await this.#call('PUT', `/v1/${what}/${encodeURIComponent(model)}`, offer);
    if (status === 200) return;
    if (status === 409) throw new Fault('generation/old', wordsIn(text), { isRetryable: false });
    throw new Fault('fleet/refused', `the agent refuses the ${what} of ${model}: ${wordsIn(text)}`, { isRetryable: status >= 500 });
  }

  report(model: ModelName): Promise<AgentReport> {
    this.#models.add(model);
    const asking = this.#asking.get(model);
    if (asking) return asking;
    const asked = this.#ask(model).finally(() => this.#asking.delete(model));
    this.#asking.set(model, asked);
    return asked;
  }

  watch(changed: (model: ModelName) => void): () => void {
    this.#watchers.add(changed);
    if (this.#listening === 'no') {
      this.#listening = new AbortController();
      void this.#listen(this.#listening.signal);
    }
    return () => {
      this.#watchers.delete(changed);
      if (this.#watchers.size > 0 || this.#listening === 'no') return;
      this.#listening.abort();
      this.#listening = 'no';
    };
  }

  async #ask(model: ModelName): Promise<AgentReport> {
    const { status, text } = await this.#call('GET', `/v1/models/${encodeURIComponent(model)}`);
    if (status !== 200) throw unreachable(`it answers ${status}: ${wordsIn(text)}`);
    const parsed = agentReport.safeParse(jsonIn(text));
    if (!parsed.success) throw unreachable(`its report on ${model} cannot be read: ${parsed.error.issues[0]?.message}`);
    return parsed.data;
  }

  async #call(method: 'GET' | 'PUT', path: string, body?: unknown): Promise<{ status: number; text: string }> {
    const { url } = await this.#agent();
    try {
      const answer = await request(`${url}${path}`, {
        method,
        signal: AbortSignal.timeout(this.#world.patienceMs ?? patienceMsUsual),
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: answer.statusCode, text: await answer.body.text() };
    } catch (cause) {
      throw unreachable(wordsOf(cause), cause);
    }
  }

  async #agent(): Promise<AgentAnnounced> {
    const [first, ...others] = await announcedAgents(this.#world.home);
    if (!first) throw unreachable('none has announced itself');
    const ignored = others.map(({ id }) => id).join(', ');
    if (ignored !== this.#ignored && ignored !== '') this.#world.log(`agent ${first.id} is used, these are left alone: ${ignored}`);
    this.#ignored = ignored;
    return first;
  }

  /** Follows the agent's changes. Whenever the line opens or breaks, anything may have changed. */
  async #listen(signal: AbortSignal): Promise<void> {
    for (let failed = 0; !signal.aborted; ) {
      try {
        await this.#follow(signal, () => {
          failed = 0;
        });
      } catch {
        // Nobody has to be told why: whoever asks for servers next hears it.
      }
      if (signal.aborted) return;
      failed += 1;
      if (failed === 1) this.#tellAll();
      await this.#world.clock.sleep(backoffMs(reconnect, failed, Math.random), signal);
    }
  }

  async #follow(signal: AbortSignal, opened: () => void): Promise<void> {
    const { url } = await this.#agent();
    const over = new AbortController();
    const end = (): void => over.abort();
    signal.addEventListener('abort', end);
    let silence = setTimeout(end, silenceMsMax);
    try {
      const { body, statusCode } = await request(`${url}/v1/changes`, {
        signal: over.signal,
        bodyTimeout: silenceMsMax,
        headersTimeout: silenceMsMax,
      });
      if (statusCode !== 200) return await body.dump();
      opened();
      this.#tellAll();
      for await (const line of createInterface({ input: body })) {
        clearTimeout(silence);
        silence = setTimeout(end, silenceMsMax);
        const parsed = changesLine.safeParse(jsonIn(line));
        if (!parsed.success) return;
        for (const model of parsed.data.changed) this.#tell(model);
      }
    } finally {
      signal.removeEventListener('abort', end);
      clearTimeout(silence);
      end();
    }
  }

  #tellAll(): void {
    for (const model of this.#models) this.#tell(model);
  }

  #tell(model: ModelName): void {
    for (const changed of this.#watchers) changed(model);
  }
}

/** Agents that have announced themselves, by id. One that was killed leaves its file behind. */
async function announcedAgents(home: string): Promise<AgentAnnounced[]> {
  const folder = join(home, 'run');
  const names = (await readdir(folder).catch(() => [])).filter((name) => /^agent-.+\.json$/.test(name)).sort();
  const read = await Promise.all(
    names.map(async (name) => {
      try {
        const parsed = agentAnnounced.safeParse(JSON.parse(await readFile(join(folder, name), 'utf8')));
        return parsed.success ? parsed.data : 'none';
      } catch {
        return 'none';
      }
    }),
  );
  return read.filter((about) => about !== 'none');
}

function unreachable(says: string, cause?: unknown): Fault {
  return new Fault('fleet/unreachable', `the agent cannot be reached: ${says}`, { isRetryable: true, cause });
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wordsIn(text: string): string {
  const value = jsonIn(text);
  return typeof value === 'object' && value !== null && 'error' in value ? String(value.error) : text.slice(0, 300);
}
