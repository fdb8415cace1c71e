import type { ArtifactFormat } from '../contract/contract.ts';
import type { Datatype } from '../kserve/tensor.ts';

/** What a model file tells of itself, before anybody said more. */
export type Told = {
  readonly format: ArtifactFormat;
  readonly backend: string;
  /** What the file is, for people: "ONNX, opset 17". */
  readonly says: string;
  /** How the backend wants the model named in its version's folder. */
  readonly name: string;
  /** Other files that belong to it, by their path beside it; they keep their names, but for `as`. */
  readonly beside: readonly Beside[];
  readonly inputs: ToldTensors;
  readonly outputs: ToldTensors;
  /** `open`: every first dimension may be any size, so requests can share a batch. */
  readonly batch: 'open' | 'none' | 'unknown';
  /** It runs on a GPU only. */
  readonly needsGpu: boolean;
};

export type Beside = { readonly path: string; readonly as: string };

/** `isWhole`: there are no others. */
export type ToldTensors = { readonly tensors: readonly ToldTensor[]; readonly isWhole: boolean };

/** As the model has it: with the batch dimension. */
export type ToldTensor = {
  readonly name: string;
  readonly datatype: Datatype | 'unknown';
  readonly shape: readonly number[] | 'unknown';
};

/** Why nothing can be made of it, and what to do. */
export type Refused = { readonly says: string; readonly fix: string };

export const isRefused = (value: object): value is Refused => 'fix' in value;

export const nothingTold: ToldTensors = { tensors: [], isWhole: false };

/** Every tensor has a first dimension, and each may be any size. */
export const isOpenFirst = (tensors: readonly ToldTensor[]): boolean =>
  tensors.length > 0 && tensors.every(({ shape }) => shape !== 'unknown' && shape[0] === -1);

/** `TYPE_FP32` is FP32 to clients, and `TYPE_STRING` is BYTES. */
export function datatypeOf(type: string | undefined): Datatype | 'unknown' {
  if (type === undefined || !type.startsWith('TYPE_') || type === 'TYPE_INVALID') return 'unknown';
  return type === 'TYPE_STRING' ? 'BYTES' : (type.slice('TYPE_'.length) as Datatype);
}
