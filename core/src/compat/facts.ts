import type { Place } from '../base/finding.ts';

/** What of one model decides whether a target can run it. */
export type RuntimeFacts = {
  /** Where the findings point: the model file, or its config.pbtxt. */
  readonly place: Place;
  readonly backend: string;
  /** The stamps of an ONNX file, as it writes them. */
  readonly onnx?: OnnxStamps;
  /** The header of a TensorRT plan, as far as it could be read. */
  readonly tensorRt?: TensorRtStamps;
  /** The kinds of its instance groups. None is KIND_AUTO. */
  readonly kinds: readonly InstanceKind[];
};

type OnnxStamps = {
  readonly irVersion: number | undefined;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
};

export type TensorRtStamps = {
  /** The TensorRT that built the plan, such as 10.4.0.26; the last part may be missing. */
  readonly version?: string;
  /** The compute capability of the GPU that it was built on. */
  readonly computeCapability?: string;
  readonly isVersionCompatible?: boolean;
  readonly isHardwareCompatible?: boolean;
};

export type InstanceKind = 'KIND_AUTO' | 'KIND_GPU' | 'KIND_CPU' | 'KIND_MODEL';
