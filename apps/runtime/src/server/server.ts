import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import type { RawTensor } from '../instances/frames.ts';
import type { FaultDice } from '../misbehaviour/fault-dice.ts';
import type { LoadedVersion } from '../models/loaded-version.ts';
import { readyVersions } from '../models/node.ts';
import type { ControlMode, Registry } from '../models/registry.ts';
import { fullShape } from '../models/served-model.ts';
import { type Cached, cacheKey } from '../scheduling/response-cache.ts';
import { failJob } from '../scheduling/execute.ts';
import type { Job } from '../scheduling/job.ts';
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
  TraceSettingsStore,
} from './inference-server.ts';
import type { ModelStatistics } from './model-statistics.ts';
import { Refused } from './refused.ts';

export type ServerOptions = {
  readonly metadata: InferenceServer['metadata'];
  readonly registry: Registry;
  readonly mode: ControlMode;
  readonly isStrict: boolean;
  readonly cache: Cached | undefined;
  readonly faults: FaultDice;
  readonly sharedMemory: SharedMemory;
  readonly logSettings: Settings<LogSettings>;
  readonly traceSettings: TraceSettingsStore;
};

/** The server inside: what both front ends ask, answered from the registry of models. */
export class Server implements InferenceServer {
  readonly metadata: InferenceServer['metadata'];
  readonly sharedMemory: SharedMemory;
  readonly logSettings: Settings<LogSettings>;
  readonly traceSettings: TraceSettingsStore;
  readonly #options: ServerOptions;
  #isStopping = false;
  /** False where the model repository itself could not be read. */
  isWhole = true;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.metadata = options.metadata;
    this.sharedMemory = options.sharedMemory;
    this.logSettings = options.logSettings;
    this.traceSettings = options.traceSettings;
  }

  isLive = (): boolean => this.isWhole;

  isReady = (): boolean => this.isWhole && (!this.#options.isStrict || this.#options.registry.isSettled);

  isStopping = (): boolean => this.#isStopping;

  stop(): void {
    this.#isStopping = true;
  }

  isModelReady({ name, version }: ModelRef): boolean {
    return this.#options.registry.loaded(name).some((loaded) => loaded.isReady && (version === '' || loaded.version === version));
  }

  modelMetadata(ref: ModelRef): ModelMetadata {
    const { model } = this.#options.registry.find(ref);
    const all = this.#options.registry.loaded(ref.name).map(({ version }) => version);
    const versions = ref.version === '' ? all.reverse() : [ref.version];
    const tensor = ({ name, datatype, dims }: (typeof model.inputs)[number]) => ({ name, datatype, shape: fullShape(model, { dims }) });
    return {
      name: model.name,
      versions,
      platform: model.platform,
      inputs: model.inputs.map(tensor),
      outputs: model.outputs.map(tensor),
    };
  }

  modelConfig(ref: ModelRef): ModelConfigJson {
    return this.#options.registry.find(ref).config;
  }

  statistics(ref: ModelRef | 'all'): readonly ModelStatistics[] {
    const { registry } = this.#options;
    const told = (versions: readonly LoadedVersion[]) => versions.map(({ name, version, statistics }) => statistics.told(name, version));
    if (ref === 'all')
      return told(
        [...registry.nodes]
          .sort((a, b) => (a.name < b.name ? -1 : 1))
          .flatMap((node) =>
            readyVersions(node)
              .map(({ loaded }) => loaded)
              .reverse(),
          ),
      );
    const loaded = registry.loaded(ref.name);
    if (loaded.length === 0) throw new Refused('Invalid argument', `requested model '${ref.name}' is not available`);
    const wanted = loaded.filter(({ version }) => ref.version === '' || version === ref.version);
    if (wanted.length === 0) throw new Refused('Invalid argument', `requested model version is not available for model '${ref.name}'`);
    return told([...wanted].reverse());
  }

  index(options: { readonly onlyReady: boolean }) {
    return this.#options.registry.index(options);
  }

  async load(model: string, parameters: LoadParameters): Promise<void> {
    this.#requireExplicit();
    await this.#options.registry.load(model, parameters);
  }

  async unload(model: string, options: { readonly dependents: boolean }): Promise<void> {
    this.#requireExplicit();
    await this.#options.registry.unload(model, options);
  }

  isDecoupled(ref: ModelRef): boolean {
    return this.#options.registry.find(ref).model.isDecoupled;
  }

  infer(request: InferRequest, answer: (response: InferResponse) => void): Inference {
    const loaded = this.#options.registry.find(request.model);
    const { flaw, ...checked } = checkRequest(request, loaded.model);
    const fault = this.#options.faults.throwDice();
    let isCancelled = false;
    const submit = (): void => {
      if (fault.isError)
        return failJob(loaded.statistics, job, new Refused('Internal', 'an error on purpose, as asked for at the admin port'), 'OTHER');
      if (flaw) return failJob(loaded.statistics, job, flaw, 'BACKEND');
      job.sinceMs = performance.now();
      loaded.scheduler.enqueue(job);
    };
    const common = {
      id: request.id,
      model: loaded.name,
      version: loaded.version,
      isFinal: true,
      parameters:
        loaded.model.steps.length > 0 && checked.tensors.every((tensor) => tensor?.bytes.length !== 0) ? controlsOf(request) : none,
    };
    const labelOf = (output: string, index: number): string | undefined => loaded.labels.get(output)?.[index] || undefined;
    const isBatched = loaded.model.batchMax > 0;
    const give = (outputs: readonly OutputTensor[], spent = nothingSpent): void =>
      answer({ ...common, outputs: wanted(outputs, request.outputs), isBatched, spent, labelOf });
    const cached = loaded.model.usesCache && this.#options.cache ? new Lookup(this.#options.cache, request, loaded) : undefined;
    const job: Job = {
      request,
      ...checked,
      startedMs: performance.now() - Number(process.hrtime.bigint() - request.startedNs) / 1e6,
      sinceMs: performance.now(),
      isCancelled: () => isCancelled,
      succeed: (outputs, spent) => {
        const tensors = tensorsOf(outputs, loaded);
        cached?.keep(tensors);
        give(tensors, spent);
      },
      fail: (refused) => answer({ ...common, refused }),
    };
    if (cached?.found) {
      // At the next turn of the loop: an answer never comes before the call that asked for it returns.
      setImmediate(() => {
        cached.count(job.startedMs);
        give(cached.found ?? []);
      });
    } else if (fault.delayMs > 0) setTimeout(() => safely(submit, job), fault.delayMs);
    else submit();
    return {
      cancel: () => {
        isCancelled = true;
      },
    };
  }

  #requireExplicit(): void {
    if (this.#options.mode !== 'explicit')
      throw new Refused('Unavailable', 'explicit model load / unload is not allowed if polling is enabled');
  }
}

/** One request's look into the cache, and what it costs. */
class Lookup {
  readonly found: readonly OutputTensor[] | undefined;
  readonly #cache: Cached;
  readonly #key: string;
  readonly #loaded: LoadedVersion;
  readonly #lookupNs: number;

  constructor(cache: Cached, request: InferRequest, loaded: LoadedVersion) {
    const beganMs = performance.now();
    this.#cache = cache;
    this.#loaded = loaded;
    this.#key = cacheKey(request, loaded.version);
    this.found = cache.find(this.#key);
    this.#lookupNs = (performance.now() - beganMs) * 1e6;
  }

  count(startedMs: number): void {
    this.#loaded.statistics.hit({ totalNs: (performance.now() - startedMs) * 1e6, lookupNs: this.#lookupNs });
  }

  keep(outputs: readonly OutputTensor[]): void {
    const beganMs = performance.now();
    this.#cache.keep(this.#key, outputs);
    this.#loaded.statistics.missed(this.#lookupNs + (performance.now() - beganMs) * 1e6);
  }
}

const nothingSpent = { inputNs: 0, inferNs: 0, outputNs: 0 };
const none: ReadonlyMap<string, Parameter> = new Map();

/** An ensemble gives the controls of its requests back, whether they say anything or not, but not with empty tensors. Seen on 2.51.0. */
const controlsOf = ({ sequence: { id, isStart, isEnd } }: InferRequest): ReadonlyMap<string, Parameter> =>
  new Map<string, Parameter>([
    ['sequence_id', id],
    ['sequence_start', isStart],
    ['sequence_end', isEnd],
  ]);

function tensorsOf(outputs: readonly RawTensor[], { model }: LoadedVersion): OutputTensor[] {
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
    job.fail(thrown);
  }
}
