import { nearest } from '../base/nearest.ts';
import type { TensorSpec } from '../contract/contract.ts';
import { type Datatype, datatypes } from '../kserve/tensor.ts';

/** How `--input` and `--output` say a tensor, for people. */
export const tensorForm = 'NAME:DATATYPE:DIMS, such as image:FP32:3,224,224 (without the batch dimension; -1 is any size)';

/** Reads `image:FP32:3,224,224`. A name may have colons in it, so it is read from its end. */
export function readTensor(typed: string): TensorSpec | { readonly wrong: string } {
  const [, name = '', rest = ''] = /^(.+):([^:]*:[^:]*)$/.exec(typed.trim()) ?? [];
  if (name === '') return { wrong: `'${typed}' is not ${tensorForm}` };
  const kind = readKind(rest);
  return 'wrong' in kind ? kind : { name, ...kind };
}

/** Reads `FP32:3,224,224`: what a tensor is whose name is known. */
export function readKind(typed: string): Omit<TensorSpec, 'name'> | { readonly wrong: string } {
  const [written = '', dims = '', ...more] = typed.trim().split(':');
  if (dims.trim() === '' || more.length > 0)
    return { wrong: `'${typed}' is not DATATYPE:DIMS, such as FP32:3,224,224; for one value write FP32:1` };
  const datatype = readDatatype(written);
  if (datatype === undefined) {
    const near = nearest(written.toUpperCase(), datatypes);
    return { wrong: `'${written}' is not a datatype${near ? `; did you mean ${near}?` : `: ${datatypes.join(', ')}`}` };
  }
  const parts = dims
    .trim()
    .replace(/^\[(.*)\]$/, '$1')
    .split(',')
    .map((part) => part.trim());
  const odd = parts.find((part) => !/^(-1|[1-9]\d{0,14})$/.test(part));
  if (odd !== undefined)
    return { wrong: `'${odd}' in '${typed}' is not a dimension: write -1 for any size, or 1 and above, with commas between` };
  return { datatype, shape: parts.map(Number) };
}

/** As clients write it, or as config.pbtxt does. */
function readDatatype(written: string): Datatype | undefined {
  const name = written
    .trim()
    .toUpperCase()
    .replace(/^TYPE_/, '');
  return name === 'STRING' ? 'BYTES' : datatypes.find((one) => one === name);
}

/** image:FP32:3,224,224 */
export const writeTensor = ({ name, datatype, shape }: TensorSpec): string => `${name}:${datatype}:${shape.join(',')}`;
