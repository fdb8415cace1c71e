import type { Digest } from '../base/digest.ts';
import type { GpuClass, ModelName } from '../base/names.ts';
import type { Ms } from '../base/time.ts';
import type { Datatype } from '../kserve/tensor.ts';

export type TensorSpec = {
  readonly name: string;
  readonly datatype: Datatype;
  readonly shape: readonly number[];
  readonly labels?: string;
};

export type ArtifactFormat =
  | 'onnx'
  | 'tensorrt'
  | 'torchscript'
  | 'savedmodel'
  | 'python'
  | 'openvino'
  | 'vllm'
  | 'trt-llm'
  | 'dali'
  | 'fil'
  | 'ensemble'
  | 'custom';

/** Models of the release's repository beside the contract's own, each with its files. */
export type ModelFiles = Readonly<Record<ModelName, readonly string[]>>;

/** The runtime that a release is meant for, pinned by digest: an image, or the wheel that carries tritonserver. */
export type RuntimePin = {
  readonly triton: string;
  readonly backend: string;
  readonly image: Digest | 'absent';
  readonly wheel: { readonly name: string; readonly version: string; readonly file: string; readonly digest: Digest } | 'absent';
  readonly tensorrt: string | 'absent';
  /** What runs before and after the artifact: tokenizers, decoders, labels. Its digest is made of the files themselves. */
  readonly processing: ModelFiles | 'absent';
};

/** A gate on a share of bad requests: what the objective allows, and how many requests a pass needs at the least. */
export type ShareRule = { readonly allowed: number; readonly requestsMin: number };

export type GateRules = {
  /** `limit`: a request later than this is bad; `allowed` is 0.01, since this is a p99. */
  readonly p99: ShareRule & { readonly limitMs: Ms };
  readonly errors: ShareRule;
  /** Mean queue time per look. */
  readonly queue: { readonly limitMs: Ms; readonly requestsMin: number };
  /** Shares of golden cases answered with the right label. */
  readonly correctness: { readonly accuracy: number; readonly perClass: number; readonly worseThanStable: number };
};

export type RolloutPolicy = {
  /** Weights of the candidate, in per cent, rising, at most 50: baseline gets the same. */
  readonly steps: readonly number[];
  readonly soakMs: Ms;
  /** How long the previous pool stays warm after soak. */
  readonly keepMs: Ms;
  /** How long one stage, or one step, may take before the rollout pauses as inconclusive. */
  readonly deadlineMs: Ms;
  readonly gates: GateRules;
};

/** `contract.yaml`: what the ML team and the platform agree on for one model. Ten fields, each of them used. */
export type Contract = {
  readonly contract: 'conch/v1';
  readonly model: ModelName;
  readonly artifact: {
    readonly format: ArtifactFormat;
    readonly files: readonly string[];
    /** What an ensemble runs, but for its processing. */
    readonly models?: ModelFiles;
  };
  readonly io: { readonly inputs: readonly TensorSpec[]; readonly outputs: readonly TensorSpec[] };
  readonly runtime: RuntimePin;
  readonly resources: {
    readonly gpu: { readonly class: GpuClass; readonly count: number };
    readonly memoryBytes: number;
    readonly cpu: number;
    readonly loadMs: Ms;
  };
  readonly shapes: {
    readonly batch: { readonly min: number; readonly max: number };
    readonly bytesMax: number;
    readonly mix: readonly { readonly batch: number; readonly share: number }[];
  };
  readonly health: { readonly request: 'golden'; readonly case: string; readonly withinMs: Ms };
  readonly rollout: RolloutPolicy;
  readonly owner: { readonly team: string; readonly contact: string; readonly escalation: readonly string[] };
  readonly labels: Readonly<Record<string, string>>;
  readonly performance: {
    /** Requests per second that one server must sustain. */
    readonly rate: number;
    readonly arrival: 'poisson' | 'constant';
    readonly p99Ms: Ms;
    readonly queueMs: Ms;
    readonly gpu: GpuClass;
  };
};

/** All models of the release's repository but the contract's own. */
export function modelsBeside({ artifact, runtime }: Contract): ModelFiles {
  return { ...artifact.models, ...(runtime.processing === 'absent' ? {} : runtime.processing) };
}
