import type { Int64Json } from '../pbtxt/model-config.ts';

export const asBigInt = (value: Int64Json): bigint => BigInt(value);

/** The number of elements of a shape as Triton counts it: -1 when a dimension is open, 0 for no dimension; beyond 64 bits it wraps. */
export function elementCount(dims: readonly Int64Json[]): bigint {
  if (dims.length === 0) return 0n;
  let count = 1n;
  for (const dim of dims) {
    if (asBigInt(dim) === -1n) return -1n;
    count = BigInt.asIntN(64, count * asBigInt(dim));
  }
  return count;
}

export const shapeText = (dims: readonly Int64Json[]): string => `[${dims.map(String).join(',')}]`;
