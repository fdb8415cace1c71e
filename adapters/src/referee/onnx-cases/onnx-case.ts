import { model, node } from '#core/model-file/made-up-onnx.ts';

/** A model, what lies beside it, and whether ONNX Runtime takes it: files by their path from the model's folder, links by where they lead. */
export type OnnxCase = {
  readonly says: string;
  readonly model: Uint8Array;
  readonly files?: Readonly<Record<string, number | string>>;
};

/** A rule, the words in which ONNX Runtime refuses what it refuses, and cases on both sides of the line. */
export type OnnxCases = {
  readonly code: `onnx/${string}`;
  readonly refusal: RegExp;
  readonly refused: readonly OnnxCase[];
  readonly accepted: readonly OnnxCase[];
};

export const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => from + at);
export const bytes = (...all: readonly number[]): Uint8Array => Uint8Array.from(all);

type Functions = {
  readonly opsets?: readonly (readonly [string, number])[];
  readonly functions?: readonly Uint8Array[];
  readonly nodes?: readonly Uint8Array[];
};

/** A model of opset 17 that may hold functions. */
export const withFunctions = ({ opsets = [], ...made }: Functions): Uint8Array =>
  model({ irVersion: 10, opsets: [['', 17], ...opsets], ...made });
export const call = (domain: string, name: string, overload?: string): Uint8Array =>
  node(name, ['x'], ['y'], overload === undefined ? { domain } : { domain, overload });
