import { assert } from '#core/base/fault.ts';
import type { RawTensor } from './frames.ts';
import type { TensorSpec } from '../models/served-model.ts';

/** The inputs of several requests as those of one: rows below each other. All have the same shapes but for the first dimension, and lack the same. */
export function joinTensors(requests: readonly (readonly (RawTensor | undefined)[])[]): readonly (RawTensor | undefined)[] {
  const [first] = requests;
  if (!first || requests.length === 1) return first ?? [];
  return first.map((tensor, index) => {
    if (!tensor) return undefined;
    const { shape } = tensor;
    const parts = requests.map((tensors) => tensors[index]).filter((tensor) => tensor !== undefined);
    const rows = parts.reduce((sum, part) => sum + (part.shape[0] ?? 0), 0);
    return { shape: [rows, ...shape.slice(1)], bytes: Buffer.concat(parts.map(({ bytes }) => bytes)) };
  });
}

/** Gives each request its rows of the outputs back. Throws when the model did not give one row for each that it got. */
export function splitTensors(
  outputs: readonly RawTensor[],
  specs: readonly Pick<TensorSpec, 'name' | 'datatype'>[],
  rows: readonly number[],
): RawTensor[][] {
  const total = rows.reduce((sum, count) => sum + count, 0);
  const split: RawTensor[][] = rows.map(() => []);
  for (const [index, output] of outputs.entries()) {
    if (output.shape[0] !== total)
      throw new Error(`output '${specs[index]?.name ?? index}' has ${output.shape[0]} rows for a batch of ${total}`);
    const rowEnds = specs[index]?.datatype === 'BYTES' ? stringRowEnds(output, total) : evenRowEnds(output, total);
    let row = 0;
    for (const [request, count] of rows.entries()) {
      const bytes = output.bytes.subarray(rowEnds(row), rowEnds(row + count));
      split[request]?.push({ shape: [count, ...output.shape.slice(1)], bytes });
      row += count;
    }
  }
  return split;
}

const evenRowEnds =
  ({ bytes }: RawTensor, rows: number) =>
  (row: number): number =>
    (bytes.length / rows) * row;

function stringRowEnds({ shape, bytes }: RawTensor, rows: number): (row: number) => number {
  const perRow = shape.slice(1).reduce((product, dim) => product * dim, 1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ends = [0];
  let at = 0;
  for (let row = 0; row < rows; row += 1) {
    for (let element = 0; element < perRow; element += 1) at += 4 + view.getUint32(at, true);
    ends.push(at);
  }
  assert(at === bytes.length, 'the strings of an output do not add up to its bytes');
  return (row) => ends[row] ?? at;
}
