import type {
  InferenceServer,
  InferRequest,
  InferResponse,
  LoadParameters,
  LogSettings,
  ModelRef,
  OutputTensor,
  SystemRegion,
} from '../server/inference-server.ts';
import type { ModelStatistics } from '../server/model-statistics.ts';
import { Refused, refuse } from '../server/refused.ts';

/** An inference that waits for the test to answer it. */
export type Held = {
  readonly request: InferRequest;
  /** Settles when nobody waits for the answer any more. */
  readonly cancelled: Promise<void>;
  answer(response: { readonly outputs?: readonly OutputTensor[]; readonly refused?: Refused; readonly isFinal?: boolean }): void;
};

/** A server inside, for tests: `identity` gives its inputs back, `held` and `decoupled` wait for the test, `refusing` takes nothing. */
export class MadeUpServer implements InferenceServer {
  readonly metadata = { name: 'made-up', version: '1.2.3', extensions: ['classification', 'statistics'] };
  readonly asked: InferRequest[] = [];
  readonly loads: (readonly [string, LoadParameters | boolean])[] = [];
  readonly regions = new Map<string, Uint8Array>();
  readonly traceChanges: (readonly [string, ReadonlyMap<string, readonly string[] | null>])[] = [];
  isExiting = false;
  isWell = true;
  readonly #held: Held[] = [];
  readonly #waiting: ((held: Held) => void)[] = [];
  #log: LogSettings = { log_file: '', log_info: true, log_warning: true, log_error: true, log_verbose_level: 0, log_format: 'default' };

  isLive(): boolean {
    return true;
  }
  isReady(): boolean {
    return this.isWell;
  }
  isStopping(): boolean {
    return this.isExiting;
  }
  isModelReady({ name }: ModelRef): boolean {
    return models.has(name);
  }

  modelMetadata({ name }: ModelRef) {
    const tensor = { name: 'IN', datatype: 'FP32', shape: [-1, -1] };
    return { name: known(name), versions: ['1'], platform: 'made_up', inputs: [tensor], outputs: [{ ...tensor, name: 'OUT' }] };
  }
  modelConfig({ name }: ModelRef) {
    return { name: known(name), max_batch_size: 8, input: [{ name: 'IN', data_type: 'TYPE_FP32', dims: [-1] }] };
  }
  statistics(model: ModelRef | 'all'): readonly ModelStatistics[] {
    return (model === 'all' ? [...models] : [model.name]).map(statisticsOf);
  }
  index({ onlyReady }: { readonly onlyReady: boolean }) {
    return [{ name: 'identity', version: '1', state: 'READY' }, ...(onlyReady ? [] : [{ name: 'never' }])];
  }
  async load(model: string, parameters: LoadParameters): Promise<void> {
    if (model === 'broken') refuse('Internal', "failed to load 'broken', failed to poll from model repository");
    this.loads.push([model, parameters]);
  }
  async unload(model: string, { dependents }: { readonly dependents: boolean }): Promise<void> {
    this.loads.push([model, dependents]);
  }
  isDecoupled({ name, version }: ModelRef): boolean {
    if (version !== '' && version !== '1') refuse('Not found', `Request for unknown model: '${name}' version ${version} is not found`);
    return known(name) === 'decoupled';
  }

  infer(request: InferRequest, answer: (response: InferResponse) => void) {
    this.asked.push(request);
    const { id, model, inputs } = request;
    const head = { id, model: model.name, version: '1', parameters: new Map() };
    const labelOf = (_output: string, index: number) => ['zero', 'one'][index];
    const told = { labelOf, isBatched: true, spent: { inputNs: 0, inferNs: 0, outputNs: 0 } };
    if (model.name === 'refusing') refuse('Unavailable', 'Exceeds maximum queue size');
    if (model.name === 'identity') {
      const outputs = inputs.map((input) => ({
        ...input,
        datatype: input.datatype ?? 'BYTES',
        name: input.name === 'IN' ? 'OUT' : input.name,
      }));
      answer({ ...head, isFinal: true, outputs, ...told });
      return { cancel: () => undefined };
    }
    const cancelled = Promise.withResolvers<void>();
    const held: Held = {
      request,
      cancelled: cancelled.promise,
      answer: ({ outputs = [], refused, isFinal = true }) =>
        answer({ ...head, isFinal, ...(refused ? { refused, isOfBackend: true } : { outputs, ...told }) }),
    };
    const taker = this.#waiting.shift();
    if (taker) taker(held);
    else this.#held.push(held);
    return {
      cancel: () => {
        cancelled.resolve();
        held.answer({ refused: new Refused('Cancelled', 'Request cancelled') });
      },
    };
  }

  /** The next inference of `held` or `decoupled`. */
  async next(): Promise<Held> {
    return this.#held.shift() ?? (await new Promise<Held>((resolve) => this.#waiting.push(resolve)));
  }

  readonly sharedMemory = {
    register: ({ name, byteSize }: SystemRegion): void => {
      if (this.regions.has(name)) refuse('Already exists', `shared memory region '${name}' already in manager`);
      this.regions.set(name, new Uint8Array(byteSize));
    },
    status: (name: string): readonly SystemRegion[] =>
      [...this.regions]
        .filter(([one]) => name === '' || name === one)
        .map(([one, { length }]) => ({ name: one, key: `/${one}`, offset: 0, byteSize: length })),
    unregister: (name: string): void => void this.regions.delete(name),
    requireWithin: (name: string): void => void this.#region(name),
    read: (name: string, offset: number, size: number) => this.#region(name).slice(offset, offset + size),
    write: (name: string, offset: number, bytes: Uint8Array): void => this.#region(name).set(bytes, offset),
    registerCuda: (): never => refuse('Invalid argument', 'failed to register shared memory region: invalid args'),
    unregisterCuda: (): void => undefined,
    cudaStatus: (): readonly never[] => [],
  };

  #region(name: string): Uint8Array {
    return this.regions.get(name) ?? refuse('Not found', `Unable to find shared memory region: '${name}'`);
  }

  readonly logSettings = {
    get: () => this.#log,
    update: (changes: Partial<LogSettings>): void => {
      this.#log = { ...this.#log, ...changes };
    },
  };
  readonly traces = {
    sample: () => undefined,
    settings: () => ({ trace_level: ['OFF'], trace_rate: '1000' }),
    update: (model: string, changes: ReadonlyMap<string, readonly string[] | null>): void => void this.traceChanges.push([model, changes]),
  };
}

const models: ReadonlySet<string> = new Set(['identity', 'held', 'decoupled', 'refusing']);

function known(name: string): string {
  return models.has(name) ? name : refuse('Not found', `Request for unknown model: '${name}' is not found`);
}

function statisticsOf(name: string): ModelStatistics {
  const none = { count: 0, ns: 0 };
  const spent = { count: 2, ns: 7000 };
  const compute = { computeInput: spent, computeInfer: spent, computeOutput: spent };
  return {
    name,
    version: '1',
    lastInferenceMs: 1_795_785_220_999,
    inferences: 3,
    executions: 2,
    inference: { ...compute, success: spent, fail: none, queue: spent, cacheHit: none, cacheMiss: none },
    responses: { '0': { computeInfer: spent, computeOutput: spent, success: spent, fail: none, emptyResponse: none, cancel: none } },
    batches: [{ size: 2, ...compute }],
  };
}
