import type { Datatype } from '#core/kserve/tensor.ts';

/** What one datatype is called in a configuration and in ONNX Runtime, and how many bytes an element has; undefined where they vary. */
type Names = { readonly config: string; readonly onnx: string | undefined; readonly bytes: number | undefined };

export const datatypeNames: Readonly<Record<Datatype, Names>> = {
  BOOL: { config: 'TYPE_BOOL', onnx: 'bool', bytes: 1 },
  UINT8: { config: 'TYPE_UINT8', onnx: 'uint8', bytes: 1 },
  UINT16: { config: 'TYPE_UINT16', onnx: 'uint16', bytes: 2 },
  UINT32: { config: 'TYPE_UINT32', onnx: 'uint32', bytes: 4 },
  UINT64: { config: 'TYPE_UINT64', onnx: 'uint64', bytes: 8 },
  INT8: { config: 'TYPE_INT8', onnx: 'int8', bytes: 1 },
  INT16: { config: 'TYPE_INT16', onnx: 'int16', bytes: 2 },
  INT32: { config: 'TYPE_INT32', onnx: 'int32', bytes: 4 },
  INT64: { config: 'TYPE_INT64', onnx: 'int64', bytes: 8 },
  FP16: { config: 'TYPE_FP16', onnx: 'float16', bytes: 2 },
  FP32: { config: 'TYPE_FP32', onnx: 'float32', bytes: 4 },
  FP64: { config: 'TYPE_FP64', onnx: 'float64', bytes: 8 },
  BF16: { config: 'TYPE_BF16', onnx: undefined, bytes: 2 },
  BYTES: { config: 'TYPE_STRING', onnx: 'string', bytes: undefined },
};

export function datatypeOfConfig(name: string | undefined): Datatype | undefined {
  return byName.get(name ?? '');
}

export function datatypeOfOnnx(name: string): Datatype | undefined {
  return byOnnx.get(name);
}

export function isDatatype(name: string): name is Datatype {
  return Object.hasOwn(datatypeNames, name);
}

const all = Object.entries(datatypeNames) as [Datatype, Names][];
const byName = new Map(all.map(([datatype, { config }]) => [config, datatype]));
const byOnnx = new Map(all.flatMap(([datatype, { onnx }]) => (onnx === undefined ? [] : [[onnx, datatype] as const])));
