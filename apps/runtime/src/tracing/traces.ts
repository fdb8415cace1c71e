import type { Log } from '../log.ts';
import type { TraceSettings, Traces as TracesOfServer } from '../server/inference-server.ts';
import { Refused } from '../server/refused.ts';
import { readTraceChange, type TraceName } from './read-trace-change.ts';
import type { Trace } from './trace.ts';
import { TraceFile } from './trace-file.ts';
import { TraceSetting, type TraceValues } from './trace-setting.ts';

/** As the command line has it. */
export type TracesAtStart = TraceValues & { readonly file: string };

/** `said` is what was asked for by name; the rest is the fallback's. */
type Held = { readonly setting: TraceSetting; readonly said: ReadonlySet<TraceName> };

/** The settings of all models and of each, and the traces that are taken by them. Source: TraceManager of triton-inference-server/server, tracer.cc. */
export class Traces implements TracesOfServer {
  readonly #atStart: TraceValues;
  readonly #file: TraceFile;
  readonly #isKnown: (model: string) => boolean;
  readonly #own = new Map<string, Held>();
  #global: Held;
  #ids = 0;

  constructor({ file, ...values }: TracesAtStart, isKnown: (model: string) => boolean, log: Pick<Log, 'error'>) {
    this.#atStart = values;
    this.#file = new TraceFile(file, log);
    this.#isKnown = isKnown;
    this.#global = { setting: new TraceSetting(values, this.#file), said: new Set() };
  }

  settings(model: string): TraceSettings {
    this.#requireKnown(model);
    const { levels, rate, count, frequency } = this.#of(model).setting.values;
    return {
      trace_level: levels.length === 0 ? ['OFF'] : levels,
      trace_rate: String(rate),
      trace_count: String(count),
      log_frequency: String(frequency),
      trace_file: this.#file.name,
      trace_mode: 'triton',
    };
  }

  update(model: string, changes: Iterable<readonly [name: string, values: readonly string[] | null]>): void {
    this.#requireKnown(model);
    let wanted: Partial<TraceValues> = {};
    const cleared = new Set<TraceName>();
    for (const [name, values] of changes) {
      const change = readTraceChange(name, values);
      if (change === undefined) continue;
      if ('cleared' in change) cleared.add(change.cleared);
      else wanted = { ...wanted, ...change };
    }
    this.#change(model, wanted, cleared);
    if (model === '') for (const name of [...this.#own.keys()]) this.#change(name, {}, new Set());
  }

  sample(model: string): Trace | undefined {
    return this.#of(model).setting.sample(() => (this.#ids += 1));
  }

  /** Writes what is still to be written. */
  end(): void {
    for (const { setting } of [this.#global, ...this.#own.values()]) setting.flush();
    this.#file.end();
  }

  #of(model: string): Held {
    return this.#own.get(model) ?? this.#global;
  }

  #change(model: string, wanted: Partial<TraceValues>, cleared: ReadonlySet<TraceName>): void {
    const current = model === '' ? this.#global : this.#own.get(model);
    const fallback = model === '' ? this.#atStart : this.#global.setting.values;
    const said = new Set([...(current?.said ?? []), ...(Object.keys(wanted) as TraceName[])].filter((name) => !cleared.has(name)));
    if (model !== '' && said.size === 0) {
      current?.setting.retire();
      this.#own.delete(model);
      return;
    }
    const before = current?.setting.values;
    const kept = Object.fromEntries([...said].map((name) => [name, before?.[name]])) as Partial<TraceValues>;
    const values = { ...fallback, ...kept, ...wanted };
    const setting = new TraceSetting(values, this.#file);
    if (setting.flaw !== undefined && values.levels.length > 0)
      throw new Refused('Invalid argument', `Attempting to set invalid trace setting :${setting.flaw}`);
    current?.setting.retire();
    if (model === '') this.#global = { setting, said };
    else this.#own.set(model, { setting, said });
  }

  #requireKnown(model: string): void {
    if (model !== '' && !this.#isKnown(model)) throw new Refused('Invalid argument', `Request for unknown model : ${model}`);
  }
}
