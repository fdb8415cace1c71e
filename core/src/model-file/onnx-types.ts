/** The element types of ONNX tensors by their number: ONNX's name, Triton's, and how many bits an element takes (0: it has no fixed size). */
export type ElementType = { readonly name: string; readonly dataType: string; readonly bits: number };

const types: readonly (readonly [number: number, name: string, dataType: string, bits: number])[] = [
  [1, 'float', 'TYPE_FP32', 32],
  [2, 'uint8', 'TYPE_UINT8', 8],
  [3, 'int8', 'TYPE_INT8', 8],
  [4, 'uint16', 'TYPE_UINT16', 16],
  [5, 'int16', 'TYPE_INT16', 16],
  [6, 'int32', 'TYPE_INT32', 32],
  [7, 'int64', 'TYPE_INT64', 64],
  [8, 'string', 'TYPE_STRING', 0],
  [9, 'bool', 'TYPE_BOOL', 8],
  [10, 'float16', 'TYPE_FP16', 16],
  [11, 'double', 'TYPE_FP64', 64],
  [12, 'uint32', 'TYPE_UINT32', 32],
  [13, 'uint64', 'TYPE_UINT64', 64],
  [14, 'complex64', 'TYPE_INVALID', 64],
  [15, 'complex128', 'TYPE_INVALID', 128],
  [16, 'bfloat16', 'TYPE_BF16', 16],
  [17, 'float8e4m3fn', 'TYPE_INVALID', 8],
  [18, 'float8e4m3fnuz', 'TYPE_INVALID', 8],
  [19, 'float8e5m2', 'TYPE_INVALID', 8],
  [20, 'float8e5m2fnuz', 'TYPE_INVALID', 8],
  [21, 'uint4', 'TYPE_INVALID', 4],
  [22, 'int4', 'TYPE_INVALID', 4],
  [23, 'float4e2m1', 'TYPE_INVALID', 4],
  [24, 'float8e8m0', 'TYPE_INVALID', 8],
  [25, 'uint2', 'TYPE_INVALID', 2],
  [26, 'int2', 'TYPE_INVALID', 2],
];

const byNumber = new Map(types.map(([number, name, dataType, bits]): [number, ElementType] => [number, { name, dataType, bits }]));

/** What Triton and ONNX call an element type. One that we do not know has no size. */
export function elementType(number: number): ElementType {
  return byNumber.get(number) ?? { name: number === 0 ? 'undefined' : `type ${number}`, dataType: 'TYPE_INVALID', bits: 0 };
}
