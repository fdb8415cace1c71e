import { setTimeout as wait } from 'node:timers/promises';
import { Fault } from '#core/base/fault.ts';
import type { ModelName } from '#core/base/names.ts';
import type { Ms } from '#core/base/time.ts';
import type { Entry } from '#core/journal/chain.ts';
import type { ModelState } from '#core/rollout/state.ts';
import { follow } from '../follow.ts';
import { elapsed, openGateLines, tellEntry } from '../journal-lines.ts';
import type { Records } from '../records.ts';
import type { Paint, Terminal } from '../terminal.ts';
import { rolloutsIn, type ToldRollout } from '../told-rollouts.ts';
import { accuracy, type Clients } from './clients.ts';

/** Thrown out of the story when somebody wants it to end. */
export class Interrupted extends Error {}

const trafficEveryMs: Ms = 3000;
const gatesEveryMs: Ms = 2000;

/** Tells what happens while it happens: moves from the journal, gates that wait, and what clients get. */
export class Narrator {
  readonly terminal: Terminal;
  readonly began: Ms;
  readonly #entries: Entry[] = [];
  #clients: Clients | undefined;
  #gatesAt = 0;
  #trafficAt = 0;
  #following: Promise<void> | undefined;
  /** What kept us from telling on; whoever waits hears of it. */
  #broken: { readonly by: unknown } | 'no' = 'no';
  readonly #over = new AbortController();

  constructor(terminal: Terminal, began: Ms) {
    this.terminal = terminal;
    this.began = began;
  }

  title(text: string, ...more: readonly string[]): void {
    this.terminal.say();
    this.terminal.say(this.terminal.paint('strong', text));
    for (const line of more) this.terminal.say(line);
    this.terminal.give({ step: text });
  }

  say(text: string, paint?: Paint): void {
    const ms = Date.now() - this.began;
    this.terminal.say(`${elapsed(ms)}  ${paint ? this.terminal.paint(paint, text) : text}`);
    this.terminal.give({ ms, says: text });
  }

  /** Begins to tell of a model, and of what its clients get. */
  listen(records: Records, model: ModelName, clients: Clients): void {
    this.#clients = clients;
    this.#following = this.#tell(records, model).catch((by: unknown) => {
      this.#broken = { by };
    });
  }

  async end(): Promise<void> {
    this.#over.abort();
    await this.#following;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The rollout of a desired generation, once it has ended. Throws when that takes too long. */
  async ended(desired: number, patienceMs: Ms): Promise<ToldRollout> {
    const told = (): ToldRollout | undefined => {
      const one = rolloutsIn(this.#entries, Date.now()).findLast((rollout) => rollout.desired === desired);
      const last = one?.entries.at(-1);
      if (last && /^(paused|page)\//.test(last.code)) throw new Fault('demo/paused', last.says, { isRetryable: false });
      return one?.end === 'under way' ? undefined : one;
    };
    return this.until(told, patienceMs, `the rollout of generation ${desired} has not ended`);
  }

  async until<T>(look: () => T | undefined, patienceMs: Ms, otherwise: string): Promise<T> {
    for (const until = Date.now() + patienceMs; Date.now() < until; await wait(30)) {
      if (this.terminal.signal.aborted) throw new Interrupted();
      if (this.#broken !== 'no') throw this.#broken.by;
      const found = look();
      if (found !== undefined) return found;
    }
    throw new Fault('demo/late', `${otherwise} after ${patienceMs / 1000} s`, { isRetryable: false });
  }

  async #tell(records: Records, model: ModelName): Promise<void> {
    const signal = AbortSignal.any([this.terminal.signal, this.#over.signal]);
    this.#trafficAt = Date.now();
    for await (const { state, news } of follow(records, model, { after: 0, signal })) {
      for (const entry of news) {
        for (const line of tellEntry(entry, this.began, this.terminal)) this.terminal.say(line);
        this.terminal.give({ entry });
        this.#entries.push(entry);
        this.#gatesAt = entry.at;
      }
      const now = Date.now();
      if (state !== 'none' && now - this.#gatesAt >= gatesEveryMs) this.#tellGates(state, now);
      if (now - this.#trafficAt >= trafficEveryMs) this.#tellTraffic(now);
    }
  }

  #tellGates(state: ModelState, now: Ms): void {
    this.#gatesAt = now;
    for (const line of openGateLines(state, now - this.began, this.terminal)) this.terminal.say(line);
  }

  #tellTraffic(now: Ms): void {
    if (!this.#clients) return;
    const figures = this.#clients.load.recent(now - this.#trafficAt);
    this.#trafficAt = now;
    const { sent, failed, right, wrong, p50Ms, p99Ms, seconds } = figures;
    const hasAnswers = right + wrong > 0;
    const lost =
      !hasAnswers && failed > 0
        ? `refused ${failed}: no release yet`
        : failed > 0
          ? this.terminal.paint('bad', `failed ${failed}`)
          : 'failed 0';
    const answers =
      right + wrong > 0
        ? `, right ${accuracy({ ...figures, late: 0, answered: 0 })}, p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`
        : '';
    this.terminal.say(
      `${elapsed(now - this.began)}  ${this.terminal.paint('faint', `clients: ${Math.round(sent / seconds)}/s,`)} ${lost}${this.terminal.paint('faint', answers)}`,
    );
    this.terminal.give({ ms: now - this.began, traffic: { sent, failed, right, wrong, p50Ms, p99Ms } });
  }
}
