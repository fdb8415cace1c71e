import { assert } from '#core/base/fault.ts';
import type { BatchInputSpec, InputSpec, OutputSpec } from '../models/served-model.ts';
import type { RawTensor } from './frames.ts';

type Inputs = readonly (RawTensor | undefined)[];

/** Of inputs beyond these, the controls and states of sequences, all are joined row by row. */
type JoinSpec = { readonly inputs: readonly Pick<InputSpec, 'isRagged'>[]; readonly batchInputs: readonly BatchInputSpec[] };

/**
 * The inputs of several requests as those of one: rows below each other, ragged ones value behind value, and what is said of the batch.
 * All requests have the same shapes but for the first dimension and for what is ragged, and lack the same.
 */
export function joinTensors(requests: readonly Inputs[], { inputs, batchInputs }: JoinSpec): Inputs {
  const first = requests[0] ?? [];
  const joined = first.map((_, index) => {
    const parts = requests.map((tensors) => tensors[index]).filter((tensor) => tensor !== undefined);
    return inputs[index]?.isRagged ? behindEachOther(parts) : belowEachOther(parts);
  });
  const said = batchInputs.flatMap((spec) => {
    const tensor = batchInput(
      spec,
      requests.map((tensors) => tensors[spec.source]?.shape ?? []),
    );
    return spec.names.map(() => tensor);
  });
  return [...joined, ...said];
}

function belowEachOther(parts: readonly RawTensor[]): RawTensor | undefined {
  const [first] = parts;
  if (!first || parts.length === 1) return first;
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  return { shape: [rows, ...first.shape.slice(1)], bytes: Buffer.concat(parts.map(({ bytes }) => bytes)) };
}

const behindEachOther = (parts: readonly RawTensor[]): RawTensor => ({
  shape: [parts.reduce((sum, { shape }) => sum + elementsIn(shape), 0)],
  bytes: Buffer.concat(parts.map(({ bytes }) => bytes)),
});

const elementsIn = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);

/** From the shapes that the requests of a batch have of one input, batch dimension first. Source: triton-inference-server/backend, BackendInputCollector. */
function batchInput({ kind, datatype }: BatchInputSpec, shapes: readonly (readonly number[])[]): RawTensor {
  const counts = shapes.map(elementsIn);
  switch (kind) {
    case 'BATCH_ELEMENT_COUNT':
      return tensorOf(datatype, counts);
    case 'BATCH_ACCUMULATED_ELEMENT_COUNT':
      return tensorOf(datatype, sums(counts));
    case 'BATCH_ACCUMULATED_ELEMENT_COUNT_WITH_ZERO':
      return tensorOf(datatype, [0, ...sums(counts)]);
    case 'BATCH_MAX_ELEMENT_COUNT_AS_SHAPE':
      // Its shape is what it says.
      return tensorOf(datatype, Array<number>(Math.max(...counts)).fill(0));
    default: {
      const items = shapes.flatMap(([rows = 0, ...dims]) => Array.from({ length: rows }, () => dims));
      const dims = (shapes[0]?.length ?? 1) - 1;
      return tensorOf(datatype, items.flat(), kind === 'BATCH_ITEM_SHAPE' ? [items.length, dims] : undefined);
    }
  }
}

function tensorOf(datatype: BatchInputSpec['datatype'], values: readonly number[], shape: readonly number[] = [values.length]): RawTensor {
  const { buffer } = datatype === 'FP32' ? Float32Array.from(values) : Int32Array.from(values);
  return { shape, bytes: new Uint8Array(buffer) };
}

function sums(values: readonly number[]): number[] {
  let sum = 0;
  return values.map((value) => (sum += value));
}

type SplitSpec = Pick<OutputSpec, 'name' | 'datatype' | 'modelDims' | 'scatteredBy'>;

/** Rows, and its inputs. */
type Asked = { readonly size: number; readonly tensors: Inputs };

/**
 * Gives each request its part of the outputs back: its rows, or as many values as an input of it has. One for which the model gave no rows
 * gets the backend's words instead. Source: triton-inference-server/backend, BackendOutputResponder.
 */
export function splitTensors(
  outputs: readonly RawTensor[],
  specs: readonly SplitSpec[],
  requests: readonly Asked[],
  isBatched: boolean,
): (RawTensor[] | string)[] {
  const parts = outputs.map((output, index) => partsOf(output, specs[index], requests, isBatched));
  return requests.map((_, request) => {
    const own = parts.map((part) => part[request]).filter((part) => part !== undefined);
    const tensors = own.filter((part) => typeof part === 'object');
    return tensors.length === own.length ? tensors : firstFailure(own, specs);
  });
}

/** The backend goes through the outputs by their names. */
function firstFailure(parts: readonly (RawTensor | string)[], specs: readonly SplitSpec[]): string {
  const failed = parts.flatMap((part, index) => (typeof part === 'string' ? [{ name: specs[index]?.name ?? '', says: part }] : []));
  return failed.toSorted((a, b) => (a.name < b.name ? -1 : 1))[0]?.says ?? '';
}

function partsOf(output: RawTensor, spec: SplitSpec | undefined, requests: readonly Asked[], isBatched: boolean): (RawTensor | string)[] {
  const isWhole = spec?.scatteredBy === undefined;
  if (isWhole && !isBatched) return requests.map(() => output);
  const rows = output.shape[0] ?? 1;
  const total = requests.reduce((sum, { size }) => sum + size, 0);
  if (isWhole && requests.length === 1 && rows === total) return [output];
  const perRow = elementsIn(output.shape.slice(1));
  const byteAt = spec?.datatype === 'BYTES' ? stringEnds(output) : evenEnds(output);
  let [row, element] = [0, 0];
  return requests.map(({ size, tensors }) => {
    if (spec?.scatteredBy !== undefined) {
      const from = element;
      const shape = scatteredShape(isBatched ? [-1, ...spec.modelDims] : spec.modelDims, tensors[spec.scatteredBy]?.shape ?? []);
      element += elementsIn(shape);
      return { shape, bytes: output.bytes.subarray(byteAt(from), byteAt(element)) };
    }
    const from = row;
    row += size;
    if (row > rows) {
      return `failed to split the output tensor '${spec?.name}' in responses: expected batch size of atleast ${row} in model output, got ${rows}`;
    }
    return { shape: [size, ...output.shape.slice(1)], bytes: output.bytes.subarray(byteAt(from * perRow), byteAt(row * perRow)) };
  });
}

/** Where an output is open, it has the size that the input has there. */
const scatteredShape = (dims: readonly number[], input: readonly number[]): number[] =>
  dims.map((dim, at) => (dim === -1 ? (input[at] ?? 0) : dim));

/** Where the bytes of an element begin, by its number. */
const evenEnds =
  ({ shape, bytes }: RawTensor) =>
  (element: number): number =>
    element === 0 ? 0 : (bytes.length / elementsIn(shape)) * element;

function stringEnds({ shape, bytes }: RawTensor): (element: number) => number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ends = [0];
  for (let at = 0, left = elementsIn(shape); left > 0; left -= 1) {
    at += 4 + view.getUint32(at, true);
    ends.push(at);
  }
  assert(ends.at(-1) === bytes.length, 'the strings of an output do not add up to its bytes');
  return (element) => ends[element] ?? bytes.length;
}
