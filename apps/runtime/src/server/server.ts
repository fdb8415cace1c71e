import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import type { RawTensor } from '../instances/frames.ts';
import { noFault } from '../misbehaviour/faulty-requests.ts';
import type { Misbehaviour } from '../misbehaviour/misbehaviour.ts';
import { wrongTensor } from '../misbehaviour/wrong-tensor.ts';
import type { LoadedVersion } from '../models/loaded-version.ts';
import { type ModelId, printedId } from '../models/model-id.ts';
import type { ControlMode, Registry } from '../models/registry.ts';
import { fullShape, type TensorSpec } from '../models/served-model.ts';
import type { Cached } from '../scheduling/response-cache.ts';
import { failJob } from '../scheduling/execute.ts';
import type { Job } from '../scheduling/job.ts';
import { CacheLookup } from './cache-lookup.ts';
import { checkRequest } from './check-request.ts';
import type {
  Inference,
  InferenceServer,
  InferRequest,
  InferResponse,
  LoadParameters,
  LogSettings,
  ModelMetadata,
  ModelRef,
  OutputTensor,
  Parameter,
  Settings,
  SharedMemory,
  Traces,
} from './inference-server.ts';
import type { ModelStatistics } from './model-statistics.ts';
import { Refused } from './refused.ts';

export type ServerOptions = {
  readonly metadata: InferenceServer['metadata'];
  readonly registry: Registry;
  readonly mode: ControlMode;
  readonly isStrict: boolean;
  readonly cache: Cached | undefined;
  /** Undefined where nothing may go wrong on purpose. */
  readonly misbehaviour: Misbehaviour | undefined;
  readonly sharedMemory: SharedMemory;
  readonly logSettings: Settings<LogSettings>;
  readonly traces: Traces;
};

/** The server inside: what both front ends ask, answered from the registry of models. */
export class Server implements InferenceServer {
  readonly metadata: InferenceServer['metadata'];
  readonly sharedMemory: SharedMemory;
  readonly logSettings: Settings<LogSettings>;
  readonly traces: Traces;
  readonly #options: ServerOptions;
  #isStopping = false;
  /** False where a model repository is none: then there is not even a server without models. */
  hasModels = true;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.metadata = options.metadata;
    this.sharedMemory = options.sharedMemory;
    this.logSettings = options.logSettings;
    this.traces = options.traces;
  }

  isLive = () => this.#told('live', () => this.hasModels);

  isReady = () => this.#told('ready', () => this.hasModels && (!this.#options.isStrict || this.#options.registry.isSettled));

  isStopping = (): boolean => this.#isStopping;

  stop(): void {
    this.#isStopping = true;
  }

  isModelReady({ name, version }: ModelRef) {
    this.#requireRunning();
    const isReady = (): boolean =>
      this.#registry.loadedOf(name).some((loaded) => loaded.isReady && (version === '' || loaded.version === version));
    return this.#told('models', isReady, name);
  }

  modelMetadata(ref: ModelRef): ModelMetadata {
    const { model } = this.#registry.find(ref);
    const all = this.#registry.loadedOf(ref.name).map(({ version }) => version);
    const versions = ref.version === '' ? all : [ref.version];
    const tensor = ({ name, datatype, dims }: TensorSpec) => ({ name, datatype, shape: fullShape(model, { dims }) });
    return {
      name: model.name,
      versions,
      platform: model.platform,
      inputs: model.inputs.map(tensor),
      outputs: model.outputs.map(tensor),
    };
  }

  modelConfig(ref: ModelRef): ModelConfigJson {
    return this.#registry.find(ref).config;
  }

  statistics(ref: ModelRef | 'all'): readonly ModelStatistics[] {
    const registry = this.#registry;
    const told = (versions: readonly LoadedVersion[]) => versions.map(({ id, version, statistics }) => statistics.told(id.name, version));
    // Triton asks for each by what it prints of it, and so finds none that has a namespace.
    if (ref === 'all') return told(registry.loaded().map(({ id, version }) => registry.find({ name: printedId(id), version })));
    const loaded = registry.loadedOf(ref.name);
    if (loaded.length === 0) throw new Refused('Invalid argument', `requested model '${ref.name}' is not available`);
    const wanted = loaded.filter(({ version }) => ref.version === '' || version === ref.version);
    if (wanted.length === 0) throw new Refused('Invalid argument', `requested model version is not available for model '${ref.name}'`);
    return told(wanted);
  }

  index(options: { readonly onlyReady: boolean }) {
    this.#requireRunning();
    return this.#registry.index(options);
  }

  async load(model: string, parameters: LoadParameters): Promise<void> {
    const registry = this.#registry;
    this.#requireExplicit();
    await registry.load(model, parameters);
  }

  async unload(model: string, options: { readonly dependents: boolean }): Promise<void> {
    const registry = this.#registry;
    this.#requireExplicit();
    await registry.unload(model, options);
  }

  isDecoupled(ref: ModelRef): boolean {
    return this.#registry.find(ref).model.isDecoupled;
  }

  infer(request: InferRequest, answer: (response: InferResponse) => void): Inference {
    return this.#infer(this.#registry.find(request.model), request, answer, { isStep: false });
  }

  /** For ensembles. */
  inferStep(model: ModelId, request: InferRequest, answer: (response: InferResponse) => void): Inference {
    return this.#infer(this.#registry.findStep(model, request.model.version), request, answer, { isStep: true });
  }

  get #registry(): Registry {
    if (!this.hasModels) throw new Refused('Unavailable', 'Server not ready');
    return this.#options.registry;
  }

  #infer(
    loaded: LoadedVersion,
    request: InferRequest,
    answer: (response: InferResponse) => void,
    asked: { readonly isStep: boolean },
  ): Inference {
    const { flaw, ...checked } = checkRequest(request, loaded.model);
    const fault = this.#options.misbehaviour?.requests.faultOf(loaded.id.name, asked) ?? noFault;
    let isCancelled = false;
    const submit = (): void => {
      request.trace?.begin({ model: loaded.id.name, version: loaded.version, id: request.id }, request.inputs);
      const failure = fault.isError ? new Refused('Internal', errorOnPurpose) : flaw;
      // At the next turn of the loop: an answer never comes before the call that asked for it returns.
      if (failure) {
        setImmediate(() => failJob(loaded.statistics, job, failure, fault.isError ? 'OTHER' : 'BACKEND'));
        return;
      }
      job.sinceMs = performance.now();
      try {
        loaded.scheduler.enqueue(job);
      } catch (thrown) {
        request.trace?.end();
        throw thrown;
      }
    };
    const common = {
      id: request.id,
      model: loaded.id.name,
      version: loaded.version,
      isFinal: true,
      parameters:
        loaded.model.steps.length > 0 && checked.tensors.every((tensor) => tensor?.bytes.length !== 0) ? controlsOf(request) : none,
    };
    const labelOf = (output: string, index: number): string | undefined => loaded.labels.get(output)?.[index] || undefined;
    const isBatched = loaded.model.batchMax > 0;
    const give = (outputs: readonly OutputTensor[], spent = nothingSpent): void =>
      answer({
        ...common,
        outputs: wanted(fault.isWrong ? outputs.map(wrongTensor) : outputs, request.outputs),
        isBatched,
        spent,
        labelOf,
      });
    const cached = loaded.model.usesCache && this.#options.cache ? new CacheLookup(this.#options.cache, request, loaded) : undefined;
    const job: Job = {
      request,
      ...checked,
      startedMs: performance.now() - Number(process.hrtime.bigint() - request.startedNs) / 1e6,
      sinceMs: performance.now(),
      isCancelled: () => isCancelled || request.isCancelled?.() === true,
      succeed: (outputs, spent) => {
        const computedNs = process.hrtime.bigint();
        const tensors = tensorsOf(outputs, loaded);
        if (!job.isCancelled()) cached?.keep(tensors);
        request.trace?.answered(wanted(tensors, request.outputs));
        // What goes to the cache too is traced twice.
        if (cached) request.trace?.answered(wanted(tensors, request.outputs));
        give(tensors, spent);
        if (loaded.model.steps.length === 0) request.trace?.computed(spent, computedNs);
        request.trace?.end();
      },
      fail: (refused, reason, spent) => {
        const failedNs = process.hrtime.bigint();
        answer({ ...common, refused, isOfBackend: reason === 'BACKEND' });
        if (spent) request.trace?.computed(spent, failedNs);
        request.trace?.end();
      },
    };
    if (cached?.found) {
      setImmediate(() => {
        cached.count(job.startedMs);
        const found = cached.found ?? [];
        request.trace?.begin({ model: loaded.id.name, version: loaded.version, id: request.id }, request.inputs);
        request.trace?.answered(wanted(found, request.outputs));
        give(found);
        request.trace?.end();
      });
    } else if (fault.delayed) void fault.delayed.then(() => safely(submit, job));
    else submit();
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  }

  #told(asked: 'live' | 'ready' | 'models', truth: () => boolean, model?: string): boolean | Promise<boolean> {
    return this.#options.misbehaviour?.health(asked, truth, model) ?? truth();
  }

  #requireRunning(): void {
    if (this.#isStopping) throw new Refused('Unavailable', 'Server not ready');
  }

  #requireExplicit(): void {
    this.#requireRunning();
    if (this.#options.mode !== 'explicit')
      throw new Refused('Unavailable', 'explicit model load / unload is not allowed if polling is enabled');
  }
}

const errorOnPurpose = 'an error on purpose, as asked for at the admin port';
const nothingSpent = { inputNs: 0, inferNs: 0, outputNs: 0 };
const none: ReadonlyMap<string, Parameter> = new Map();

/** An ensemble gives the controls of its requests back, whether they say anything or not, but not with empty tensors. Seen on 2.51.0. */
const controlsOf = ({ sequence: { id, isStart, isEnd } }: InferRequest): ReadonlyMap<string, Parameter> =>
  new Map<string, Parameter>([
    ['sequence_id', id],
    ['sequence_start', isStart],
    ['sequence_end', isEnd],
  ]);

function tensorsOf(outputs: readonly (RawTensor | undefined)[], { model }: LoadedVersion): OutputTensor[] {
  return model.outputs.flatMap(({ name, datatype }, index) => {
    const output = outputs[index];
    return output ? [{ name, datatype, ...output }] : [];
  });
}

const wanted = (outputs: readonly OutputTensor[], names: readonly string[]): readonly OutputTensor[] =>
  names.length === 0 ? outputs : outputs.filter(({ name }) => names.includes(name));

/** Later than the caller looks: what refuses it then is its answer. */
function safely(submit: () => void, job: Job): void {
  try {
    submit();
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    job.fail(thrown, 'OTHER');
  }
}
