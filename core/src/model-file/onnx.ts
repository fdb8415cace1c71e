import type { Asking } from '../base/asking.ts';
import { newModel, type SeenExternal, type SeenModel, type SeenOperators, type SeenValue } from './onnx-seen.ts';
import { modelShape } from './onnx-shape.ts';
import { elementType } from './onnx-types.ts';
import { malformed, type Problem, tooMuch } from './problem.ts';
import { hashOf, readProtobuf } from './protobuf.ts';

/** What the skeleton of an ONNX model says. Weights are never read. */
export type OnnxFacts = {
  /** `undefined` when the model does not say it, which ONNX Runtime refuses. */
  readonly irVersion: number | undefined;
  readonly producer: string;
  readonly producerVersion: string;
  /** As the model writes them: the default domain is '' or ai.onnx, which ONNX Runtime does not treat alike. */
  readonly opsets: readonly OnnxOpset[];
  readonly hasGraph: boolean;
  /** The graph's own inputs, those among them that have an initializer. */
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Names of the graph's dense and sparse initializers. */
  readonly initializers: ReadonlySet<string>;
  /** Operators of the graph and of the graphs within it, but not of functions. */
  readonly operators: readonly OnnxOperator[];
  readonly functions: readonly OnnxFunction[];
  /** Tensors whose bytes lie in other files, wherever in the model they are. */
  readonly external: readonly OnnxExternal[];
};

export type OnnxOpset = { readonly domain: string; readonly version: number };

/** A dimension: `size` is -1 when it varies, and `symbol` its name then, if it has one. */
export type OnnxDim = { readonly size: number; readonly symbol?: string };

export type OnnxValue = {
  readonly name: string;
  /** Triton's name; TYPE_INVALID for what Triton has no type for. */
  readonly dataType: string;
  /** ONNX's name: 'float', or 'sequence' and the like for what is no tensor. */
  readonly onnxType: string;
  readonly elementType: number;
  readonly isTensor: boolean;
  /** `undefined` when nothing is said of the rank. */
  readonly shape: readonly OnnxDim[] | undefined;
};

export type OnnxOperator = { readonly domain: string; readonly op: string; readonly overload: string; readonly count: number };

export type OnnxFunction = {
  readonly domain: string;
  readonly name: string;
  readonly overload: string;
  readonly opsets: readonly OnnxOpset[];
  readonly operators: readonly OnnxOperator[];
};

export type OnnxExternal = {
  readonly tensor: string;
  /** `undefined` when the model does not say where. */
  readonly location: string | undefined;
  /** As the model writes them; `undefined` when it does not, which means 0 and the rest that is needed. */
  readonly offset: string | undefined;
  readonly length: string | undefined;
  /** What the tensor's shape and element type take; `undefined` when that cannot be said. */
  readonly bytes: number | undefined;
  /** Whether anything takes the tensor in: ONNX Runtime drops, unread, what nothing does. `undefined` when the model is too large to say. */
  readonly isUsed: boolean | undefined;
};

/** Reads the skeleton of an ONNX model. */
export function* readOnnx(file: string, size: number): Asking<OnnxFacts | Problem> {
  const seen = newModel();
  const problem = yield* readProtobuf(file, size, modelShape, seen);
  if (problem?.why === 'truncated' && seen.irVersion === undefined) return malformed('it is not an ONNX model');
  if (problem) return problem;
  if (seen.room.left < 0) return tooMuch('it has more values, operators and weights than are read here');
  return factsOf(seen);
}

/** Those inputs that a request must or may bring: an initializer makes an input a constant. */
export function sessionInputs({ inputs, initializers }: Pick<OnnxFacts, 'inputs' | 'initializers'>): readonly OnnxValue[] {
  return inputs.filter(({ name }) => !initializers.has(name));
}

function factsOf(seen: SeenModel): OnnxFacts {
  const { irVersion, producer, producerVersion, graph } = seen;
  return {
    irVersion,
    producer,
    producerVersion,
    opsets: seen.opsets,
    hasGraph: graph !== undefined,
    inputs: (graph?.inputs ?? []).map(valueOf),
    outputs: (graph?.outputs ?? []).map(valueOf),
    initializers: graph?.initializers ?? new Set(),
    operators: operatorsOf(seen.operators),
    functions: seen.functions.map(({ domain, name, overload, opsets, operators }) => ({
      domain: plainDomain(domain),
      name,
      overload,
      opsets,
      operators: operatorsOf(operators),
    })),
    external: externalsOf(seen),
  };
}

function plainDomain(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

function operatorsOf(seen: SeenOperators): OnnxOperator[] {
  return [...seen].flatMap(([domain, ops]) => [...ops.values()].map((one) => ({ domain, ...one })));
}

function valueOf({ name, kind, elementType: number, shape }: SeenValue): OnnxValue {
  const type = elementType(number);
  const isTensor = kind === 'tensor';
  return {
    name,
    dataType: isTensor ? type.dataType : 'TYPE_INVALID',
    onnxType: isTensor ? type.name : kind,
    elementType: number,
    isTensor,
    shape,
  };
}

const utf8 = new TextEncoder();

function externalsOf({ externals, used, graph }: SeenModel): OnnxExternal[] {
  if (externals.length === 0) return [];
  const kept = new Set([...(graph?.inputs ?? []), ...(graph?.outputs ?? [])].map(({ name }) => name));
  const isUsed = ({ name, of }: SeenExternal) => kept.has(name) || [...of, hashOf(utf8.encode(name))].some((hash) => used.hashes.has(hash));
  return externals.map((seen) => ({
    tensor: seen.name,
    location: seen.location,
    offset: seen.offset,
    length: seen.length,
    bytes: bytesOfTensor(seen),
    isUsed: isUsed(seen) ? true : used.isComplete ? false : undefined,
  }));
}

function bytesOfTensor({ elementType: number, elements }: SeenExternal): number | undefined {
  const { bits } = elementType(number);
  return bits === 0 || !Number.isSafeInteger(elements) || elements < 0 ? undefined : Math.ceil((elements * bits) / 8);
}
