import { Trace, type TraceLevel } from './trace.ts';
import type { TraceFile } from './trace-file.ts';

/** `count`: traces still to be taken, -1 without end. `frequency`: traces a numbered file; 0 is none but the one file. */
export type TraceValues = {
  readonly levels: readonly TraceLevel[];
  readonly rate: number;
  readonly count: number;
  readonly frequency: number;
};

/**
 * Which requests are traced, as long as it holds: every rate-th one. What was traced under one setting is written by it, also when another one
 * has taken its place meanwhile. Source: TraceSetting of triton-inference-server/server, tracer.cc.
 */
export class TraceSetting {
  readonly #values: TraceValues;
  readonly #file: TraceFile;
  #count: number;
  #sampled = 0;
  #collected = 0;
  /** Traces under way. */
  #open = 0;
  #isRetired = false;
  #held: string[] = [];
  #heldBytes = 0;

  constructor(values: TraceValues, file: TraceFile) {
    this.#values = values;
    this.#count = values.count;
    this.#file = file;
  }

  get values(): TraceValues {
    return { ...this.#values, count: this.#count };
  }

  /** Why nothing is traced by it, in Triton's words, which are none where no more are wanted; undefined when it is. */
  get flaw(): string | undefined {
    const { levels, rate } = this.#values;
    if (levels.length === 0) return 'tracing is disabled';
    if (rate === 0) return 'sample rate must be non-zero';
    if (this.#file.name === '') return 'trace file name is not given';
    return this.#count === 0 ? '' : undefined;
  }

  /** A trace for a request that came, if it is its turn. */
  sample(nextId: () => number): Trace | undefined {
    if (this.flaw !== undefined) return undefined;
    this.#sampled += 1;
    if (this.#sampled % this.#values.rate !== 0) return undefined;
    if (this.#count > 0) this.#count -= 1;
    this.#open += 1;
    return new Trace(this.#values.levels, nextId, (events) => this.#over(events));
  }

  /** It holds no more. */
  retire(): void {
    this.#isRetired = true;
    if (this.#open === 0) this.flush();
  }

  /** What it still has to write. */
  flush(): void {
    if (this.#held.length > 0) this.#save(this.#values.frequency !== 0);
  }

  #over(events: readonly string[]): void {
    this.#open -= 1;
    if (events.length > 0) this.#collect(events.join());
    if (this.#isRetired && this.#open === 0) this.flush();
  }

  #collect(trace: string): void {
    this.#held.push(trace);
    this.#heldBytes += trace.length;
    this.#collected += 1;
    const { frequency } = this.#values;
    const isFull = frequency !== 0 && this.#held.length >= frequency;
    if (isFull || (this.#count === 0 && this.#collected === this.#sampled)) this.#save(true);
    // The real one keeps all of them until it ends. Where they come to stand in the same file anyway they go there sooner.
    else if (this.#heldBytes > (this.#count < 0 && frequency === 0 ? heldBytesMax : keptBytesMax)) this.#save(frequency !== 0);
  }

  #save(isNumbered: boolean): void {
    this.#file.save(this.#held.join(), isNumbered);
    this.#held = [];
    this.#heldBytes = 0;
  }
}

const heldBytesMax = 1024 * 1024;
/** What may be held for a file of its own: more than that is divided. */
const keptBytesMax = 64 * 1024 * 1024;
