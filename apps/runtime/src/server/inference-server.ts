import type { Datatype } from '#core/kserve/tensor.ts';
import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import type { ModelStatistics } from './model-statistics.ts';
import type { Trace, TracedRequest } from '../tracing/trace.ts';
import type { Refused } from './refused.ts';

/**
 * The server inside, as both front ends see it: HTTP and gRPC read requests into these types and write the answers their own way.
 * What is refused is thrown as Refused, in Triton's words and with Triton's code.
 */
export type InferenceServer = {
  readonly metadata: { readonly name: string; readonly version: string; readonly extensions: readonly string[] };
  isLive(): boolean | Promise<boolean>;
  isReady(): boolean | Promise<boolean>;
  /** It drains: health is answered with 503 and `Server exiting`. */
  isStopping(): boolean;
  /** False for a model or a version that is not there, too. */
  isModelReady(model: ModelRef): boolean | Promise<boolean>;
  modelMetadata(model: ModelRef): ModelMetadata;
  /** The effective configuration: completed, normal, without proto3 defaults. */
  modelConfig(model: ModelRef): ModelConfigJson;
  /** Of one version, of all ready versions of one model, or of all models when no model is named. */
  statistics(model: ModelRef | 'all'): readonly ModelStatistics[];
  index(options: { readonly onlyReady: boolean }): readonly IndexEntry[];
  /** Settles when the model has loaded. Throws Refused where it did not. */
  load(model: string, parameters: LoadParameters): Promise<void>;
  /** Settles when the unload has been taken; the model goes when its requests are through. */
  unload(model: string, options: { readonly dependents: boolean }): Promise<void>;
  /** What a request needs to know before it is sent: whether answers stream. Throws Refused where there is no such ready version. */
  isDecoupled(model: ModelRef): boolean;
  /**
   * Takes a request. Throws Refused when it is refused before it is queued; all later answers, errors too, come by `answer`, the last of them
   * with `isFinal`. `startedNs` is when it came, by process.hrtime.bigint().
   */
  infer(request: InferRequest, answer: (response: InferResponse) => void): Inference;
  readonly sharedMemory: SharedMemory;
  readonly logSettings: Settings<LogSettings>;
  readonly traces: Traces;
};

/** Version '' is whichever is newest and ready. */
export type ModelRef = { readonly name: string; readonly version: string };

export type ModelMetadata = {
  readonly name: string;
  readonly versions: readonly string[];
  readonly platform: string;
  readonly inputs: readonly TensorMetadata[];
  readonly outputs: readonly TensorMetadata[];
};

/** With the batch dimension, where there is one; -1 is any size. */
export type TensorMetadata = { readonly name: string; readonly datatype: string; readonly shape: readonly number[] };

/** A model that never got as far as a version has its name only. */
export type IndexEntry = { readonly name: string; readonly version?: string; readonly state?: string; readonly reason?: string };

/** `config`: ModelConfig as JSON text. `files`: contents by path below the model, such as `1/model.onnx`. */
export type LoadParameters = { readonly config?: string; readonly files?: ReadonlyMap<string, Uint8Array> };

/** An integer is a bigint, a floating-point number a number. */
export type Parameter = string | boolean | bigint | number;

export type InferRequest = {
  readonly model: ModelRef;
  readonly id: string;
  /** 0: the model's default. */
  readonly priority: bigint;
  /** Microseconds; 0: none asked. */
  readonly timeoutUs: bigint;
  /** 0 and '' are no sequence. */
  readonly sequence: { readonly id: bigint | string; readonly isStart: boolean; readonly isEnd: boolean };
  readonly parameters: ReadonlyMap<string, Parameter>;
  readonly inputs: readonly InputTensor[];
  /** Names of the wanted outputs, each once; all of them when empty. */
  readonly outputs: readonly string[];
  readonly startedNs: bigint;
  readonly trace?: TracedRequest | undefined;
  /** For the steps of an ensemble: whether nobody waits for its answer any more. */
  readonly isCancelled?: () => boolean;
};

/**
 * `bytes` are row-major and little-endian; BYTES elements have a 32-bit length before each. `isRaw` marks the one input of a raw HTTP
 * request, whose shape and datatype are the model's to say.
 */
export type InputTensor = {
  readonly name: string;
  /** Undefined where the request names one that there is not. */
  readonly datatype: Datatype | undefined;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly isRaw?: true;
};

export type OutputTensor = {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
};

export type InferResponse = {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly isFinal: boolean;
  readonly parameters: ReadonlyMap<string, Parameter>;
} & (
  | {
      /** In the model's order; none in an empty final answer. */
      readonly outputs: readonly OutputTensor[];
      /** Whether the first dimension is that of the batch. */
      readonly isBatched: boolean;
      /** Of the batch that it was computed in; zeros where it came from the cache. */
      readonly spent: { readonly inputNs: number; readonly inferNs: number; readonly outputNs: number };
      /** The word for a class of an output, where the model has a label file for it. */
      labelOf(output: string, index: number): string | undefined;
    }
  | {
      readonly refused: Refused;
      /** It came so far that its model ran it, or tried to. */
      readonly isOfBackend: boolean;
    }
);

export type Inference = {
  /** Nobody waits for the answers any more. They may come all the same. */
  cancel(): void;
};

export type SharedMemory = {
  register(region: SystemRegion): void;
  /** Of one region, or of all by name when it is ''. */
  status(name: string): readonly SystemRegion[];
  /** One region, or all when it is ''. */
  unregister(name: string): void;
  /** Throws Refused for a region that is not there, and for a part of it that is empty or reaches past its end. */
  requireWithin(name: string, offset: number, size: number): void;
  /** A copy of the bytes of a registered region. */
  read(name: string, offset: number, size: number): Uint8Array;
  write(name: string, offset: number, bytes: Uint8Array): void;
  /** CUDA regions are refused, as a Triton without a GPU refuses them. */
  registerCuda(name: string): never;
  unregisterCuda(name: string): void;
  cudaStatus(name: string): readonly never[];
};

/** `key` is the name of the POSIX shared memory object, such as /input_simple. */
export type SystemRegion = { readonly name: string; readonly key: string; readonly offset: number; readonly byteSize: number };

export type LogSettings = {
  readonly log_file: string;
  readonly log_info: boolean;
  readonly log_warning: boolean;
  readonly log_error: boolean;
  readonly log_verbose_level: number;
  readonly log_format: string;
};

export type Settings<T> = { get(): T; update(changes: Partial<T>): void };

/** Values as Triton prints them: text, and a list for `trace_level`. */
export type TraceSettings = Readonly<Record<string, string | readonly string[]>>;

export type Traces = {
  /** Of one model, or the global ones when the name is ''. Throws Refused for a model that is not there. */
  settings(model: string): TraceSettings;
  /** One after the other, the first one that is wrong refusing all. A null lets a setting fall back to the global one, or the global one to what it was at the start. */
  update(model: string, changes: Iterable<readonly [name: string, values: readonly string[] | null]>): void;
  /** For a request that came for this model: a trace, where it is its turn to be traced. Whoever asks leaves it in the end. */
  sample(model: string): Trace | undefined;
};
