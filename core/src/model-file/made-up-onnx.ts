import { type MadeUpField, message } from './made-up-protobuf.ts';

/** ONNX models for tests, written with fewest words: what is left out gets a value that ONNX Runtime accepts. */
export type MadeUpModel = {
  readonly irVersion?: number;
  readonly opsets?: readonly (readonly [domain: string, version: number])[];
  readonly inputs?: readonly Uint8Array[];
  readonly outputs?: readonly Uint8Array[];
  readonly nodes?: readonly Uint8Array[];
  readonly initializers?: readonly Uint8Array[];
  readonly sparse?: readonly Uint8Array[];
  readonly functions?: readonly Uint8Array[];
  readonly more?: readonly MadeUpField[];
};

export function model(made: MadeUpModel = {}): Uint8Array<ArrayBuffer> {
  const opsets = made.opsets ?? [['', 17]];
  return message(
    [1, made.irVersion ?? 8],
    [2, 'made-up'],
    [3, '1.2'],
    [7, graph(made)],
    ...opsets.map(([domain, version]): MadeUpField => [8, opset(domain, version)]),
    ...(made.functions ?? []).map((one): MadeUpField => [25, one]),
    ...(made.more ?? []),
  );
}

/** A graph that passes its input on, unless it is said to hold something else. */
export function graph(made: MadeUpModel): Uint8Array<ArrayBuffer> {
  const { inputs = [value('x')], outputs = [value('y')], nodes = [node('Identity', ['x'], ['y'])] } = made;
  return message(
    ...nodes.map((one): MadeUpField => [1, one]),
    [2, 'g'],
    ...(made.initializers ?? []).map((one): MadeUpField => [5, one]),
    ...inputs.map((one): MadeUpField => [11, one]),
    ...outputs.map((one): MadeUpField => [12, one]),
    ...(made.sparse ?? []).map((one): MadeUpField => [15, one]),
  );
}

export function opset(domain: string, version: number): Uint8Array {
  return domain === '' ? message([2, version]) : message([1, domain], [2, version]);
}

/** A tensor of a graph's edge. A number is a fixed size, a word a symbol, `null` a size that nothing is said of. */
export function value(name: string, shape: readonly (number | string | null)[] | undefined = [2], elementType = 1): Uint8Array {
  const dims = shape?.map((dim): MadeUpField => [1, dim === null ? message() : message(typeof dim === 'number' ? [1, dim] : [2, dim])]);
  return message([1, name], [2, message([1, message([1, elementType], ...(dims === undefined ? [] : [[2, message(...dims)] as const]))])]);
}

export type MadeUpNode = {
  readonly domain?: string;
  readonly overload?: string;
  /** Two nodes of one name are no model. */
  readonly name?: string;
  readonly attributes?: readonly Uint8Array[];
};

export function node(op: string, inputs: readonly string[], outputs: readonly string[], made: MadeUpNode = {}): Uint8Array {
  return message(
    ...inputs.map((name): MadeUpField => [1, name]),
    ...outputs.map((name): MadeUpField => [2, name]),
    [3, made.name ?? `a ${op}`],
    [4, op],
    ...(made.attributes ?? []).map((one): MadeUpField => [5, one]),
    ...(made.domain === undefined ? [] : [[7, made.domain] as const]),
    ...(made.overload === undefined ? [] : [[8, made.overload] as const]),
  );
}

export function graphAttribute(name: string, made: MadeUpModel): Uint8Array {
  return message([1, name], [6, graph(made)], [20, 5]);
}

export function tensorAttribute(name: string, tensor: Uint8Array): Uint8Array {
  return message([1, name], [5, tensor], [20, 4]);
}

export function intAttribute(name: string, whole: number): Uint8Array {
  return message([1, name], [3, whole], [20, 2]);
}

/** Floats of zero, held in the model. */
export function zeros(name: string, ...dims: readonly number[]): Uint8Array {
  const bytes = dims.reduce((product, dim) => product * dim, 4);
  return message(...dims.map((dim): MadeUpField => [1, dim]), [2, 1], [8, name], [9, new Uint8Array(bytes)]);
}

export type MadeUpExternal = { readonly location?: string; readonly offset?: number | string; readonly length?: number | string };

/** A tensor whose bytes lie in another file. */
export function external(name: string, made: MadeUpExternal, dims: readonly number[] = [2], elementType = 1): Uint8Array {
  const entries = Object.entries(made).map(([key, held]): MadeUpField => [13, message([1, key], [2, String(held)])]);
  return message(...dims.map((dim): MadeUpField => [1, dim]), [2, elementType], [8, name], ...entries, [14, 1]);
}

export type MadeUpFunction = {
  readonly overload?: string;
  readonly opsets?: readonly (readonly [domain: string, version: number])[];
  readonly nodes?: readonly Uint8Array[];
};

/** A function of one input `a` and one output `b`. */
export function localFunction(domain: string, name: string, made: MadeUpFunction = {}): Uint8Array {
  const { opsets = [['', 17]], nodes = [node('Identity', ['a'], ['b'])] } = made;
  return message(
    [1, name],
    [4, 'a'],
    [5, 'b'],
    ...nodes.map((one): MadeUpField => [7, one]),
    ...opsets.map(([of, version]): MadeUpField => [9, opset(of, version)]),
    [10, domain],
    ...(made.overload === undefined ? [] : [[13, made.overload] as const]),
  );
}
