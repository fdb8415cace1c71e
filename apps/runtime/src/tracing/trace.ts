import type { InputTensor, OutputTensor } from '../server/inference-server.ts';
import { printedElements } from './printed-elements.ts';

export type TraceLevel = 'TIMESTAMPS' | 'TENSORS';

/** Where a trace goes when it is over: its events, each a JSON object, or nothing when there was nothing to trace. */
type Over = (events: readonly string[]) => void;

/** How long the parts of a computation took. */
type Spent = { readonly inputNs: number; readonly inferNs: number; readonly outputNs: number };

/**
 * One request that was chosen to be traced, as its front end sees it. It is over when the front end has left it and all that it led to has
 * ended. Source: triton-inference-server/server, tracer.cc.
 */
export class Trace {
  readonly levels: ReadonlySet<TraceLevel>;
  readonly #nextId: () => number;
  readonly #over: Over;
  readonly #requests: TracedRequest[] = [];
  #left = 1;
  /** What the model sees of it. */
  readonly request: TracedRequest;

  constructor(levels: readonly TraceLevel[], nextId: () => number, over: Over) {
    this.levels = new Set(levels);
    this.#nextId = nextId;
    this.#over = over;
    this.request = this.open(undefined);
  }

  /** A step of what is traced. */
  open(parent: number | undefined): TracedRequest {
    const request = new TracedRequest(this, this.#nextId(), parent);
    this.#requests.push(request);
    return request;
  }

  stamp(name: string, ns = process.hrtime.bigint()): void {
    this.request.stamp(name, ns);
  }

  begun(): void {
    this.#left += 1;
  }

  /** The front end is through with it, or one of its requests is. */
  leave(): void {
    this.#left -= 1;
    if (this.#left > 0) return;
    // Refused before it began: nobody asks for that.
    const isAny = this.request.isBegun;
    // The last one first, as they come out of the real one's table.
    this.#over(isAny ? this.#requests.toReversed().flatMap(({ events }) => events) : []);
  }
}

/** A request at a model: the client's, or a step's of an ensemble. */
export class TracedRequest {
  readonly events: string[] = [];
  readonly #trace: Trace;
  readonly #id: number;
  readonly #parent: number | undefined;
  isBegun = false;
  #isEnded = false;

  constructor(trace: Trace, id: number, parent: number | undefined) {
    this.#trace = trace;
    this.#id = id;
    this.#parent = parent;
  }

  step(): TracedRequest {
    return this.#trace.open(this.#id);
  }

  stamp(name: string, ns: bigint): void {
    if (this.#trace.levels.has('TIMESTAMPS')) this.events.push(`{"id":${this.#id},"timestamps":[{"name":"${name}","ns":${ns}}]}`);
  }

  /** It was found good and goes to its model. */
  begin(of: { readonly model: string; readonly version: string; readonly id: string }, inputs: readonly InputTensor[]): void {
    this.isBegun = true;
    this.#trace.begun();
    if (this.#trace.levels.has('TIMESTAMPS')) {
      const id = of.id === '' ? '' : `,"request_id":${JSON.stringify(of.id)}`;
      const parent = this.#parent === undefined ? '' : `,"parent_id":${this.#parent}`;
      this.events.push(`{"id":${this.#id},"model_name":${JSON.stringify(of.model)},"model_version":${of.version}${id}${parent}}`);
      for (const name of ['REQUEST_START', 'QUEUE_START']) this.stamp(name, process.hrtime.bigint());
    }
    for (const input of inputs) this.#tensor('TENSOR_QUEUE_INPUT', input);
  }

  answered(outputs: readonly OutputTensor[]): void {
    for (const output of outputs) this.#tensor('TENSOR_BACKEND_OUTPUT', output);
  }

  /** Until `endNs`. */
  computed({ inputNs, inferNs, outputNs }: Spent, endNs: bigint): void {
    const outputStartNs = endNs - BigInt(Math.round(outputNs));
    const inputEndNs = outputStartNs - BigInt(Math.round(inferNs));
    this.stamp('COMPUTE_START', inputEndNs - BigInt(Math.round(inputNs)));
    this.stamp('COMPUTE_INPUT_END', inputEndNs);
    this.stamp('COMPUTE_OUTPUT_START', outputStartNs);
    this.stamp('COMPUTE_END', endNs);
  }

  /** Once, however often it is said. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.stamp('REQUEST_END', process.hrtime.bigint());
    this.#trace.leave();
  }

  #tensor(activity: string, { name, datatype, shape, bytes }: Pick<InputTensor, 'name' | 'datatype' | 'shape' | 'bytes'>): void {
    if (!this.#trace.levels.has('TENSORS') || datatype === undefined) return;
    const tensor = { name, data: printedElements(datatype, bytes), shape: shape.join(), dtype: datatype };
    this.events.push(JSON.stringify({ id: this.#id, activity, tensor }));
  }
}
