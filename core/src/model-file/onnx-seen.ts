import type { OnnxDim, OnnxOpset } from './onnx.ts';

/**
 * What is read of an ONNX model, by the field numbers of onnx.proto3. Everything goes into one `SeenModel`; graphs within graphs and
 * functions add to its lists while they are read. `room` bounds what is kept: a model that needs more is not judged at all.
 */
export type SeenModel = {
  irVersion: number | undefined;
  producer: string;
  producerVersion: string;
  readonly opsets: OnnxOpset[];
  graph: SeenGraph | undefined;
  readonly operators: SeenOperators;
  readonly functions: SeenFunction[];
  readonly externals: SeenExternal[];
  readonly used: { readonly hashes: Set<number>; isComplete: boolean };
  readonly room: { left: number };
};

export type SeenGraph = {
  readonly model: SeenModel;
  readonly operators: SeenOperators;
  readonly inputs: SeenValue[];
  readonly outputs: SeenValue[];
  readonly initializers: Set<string>;
};

export type SeenOperators = Map<string, Map<string, { readonly op: string; readonly overload: string; count: number }>>;

export type SeenFunction = {
  readonly model: SeenModel;
  domain: string;
  name: string;
  overload: string;
  readonly opsets: OnnxOpset[];
  readonly operators: SeenOperators;
};

export type SeenValue = {
  readonly model: SeenModel;
  name: string;
  kind: 'tensor' | 'sequence' | 'map' | 'optional' | 'sparse tensor' | 'opaque' | 'nothing';
  elementType: number;
  shape: OnnxDim[] | undefined;
};

export type SeenExternal = {
  name: string;
  elementType: number;
  elements: number;
  location: string | undefined;
  offset: string | undefined;
  length: string | undefined;
  /** Hashes of the names under which the tensor is taken in, when it is not its own. */
  of: readonly number[];
};

export type SeenTensor = SeenExternal & { readonly model: SeenModel; isExternal: boolean };
export type SeenNode = {
  readonly model: SeenModel;
  readonly operators: SeenOperators;
  domain: string;
  op: string;
  overload: string;
  outputs: number[];
};

const keptMax = 200_000;

export function newModel(): SeenModel {
  return {
    irVersion: undefined,
    producer: '',
    producerVersion: '',
    opsets: [],
    graph: undefined,
    operators: new Map(),
    functions: [],
    externals: [],
    used: { hashes: new Set(), isComplete: true },
    room: { left: keptMax },
  };
}

/** Adds to a list as long as there is room. */
export function keep<T>(model: SeenModel, list: T[], one: T): T {
  model.room.left -= 1;
  if (model.room.left >= 0) list.push(one);
  return one;
}
