import type { Finding } from '../../base/finding.ts';
import type { ModelInputJson, ModelOutputJson } from '../../pbtxt/model-config.ts';
import { asBigInt, elementCount } from '../int64.ts';
import type { Pen, Rule } from './rule.ts';

/** Every input and output has a name, a type and a shape, and a reshape that holds as many elements. */
export const tensors: Rule = {
  explains: [
    {
      code: 'config/tensor-name-missing',
      severity: 'error',
      means: 'A tensor needs the name that the model file has for it.',
      triton: "model input must specify 'name'",
      example: 'input { data_type: TYPE_FP32 dims: [ 4 ] }',
      fix: 'write name: "…"',
    },
    {
      code: 'config/tensor-type-missing',
      severity: 'error',
      means: 'A tensor needs its datatype, and TYPE_INVALID is none.',
      triton: "model input '…' must specify 'data_type'",
      example: 'input { name: "x" dims: [ 4 ] }',
      fix: 'write data_type: TYPE_FP32, or what the model has',
    },
    {
      code: 'config/tensor-dims-missing',
      severity: 'error',
      means: 'A tensor needs a shape. A scalar is written dims: [ 1 ], with reshape { shape: [ ] } where the model batches.',
      triton: "model input '…' must specify 'dims'",
      example: 'input { name: "x" data_type: TYPE_FP32 }',
      fix: 'write dims: [ … ], without the batch dimension where max_batch_size is above 0',
    },
    {
      code: 'config/reshape-empty',
      severity: 'error',
      means: 'Without batching an empty shape would be no tensor at all.',
      triton: "model input '…' cannot have empty reshape for non-batching model as scalar tensors are not supported",
      example: 'max_batch_size: 0\ninput { name: "x" data_type: TYPE_FP32 dims: [ 1 ] reshape { shape: [ ] } }',
      fix: 'take the reshape out',
    },
    {
      code: 'config/dim-invalid',
      severity: 'error',
      means: 'A dimension is a whole number from 1, or -1 for any size.',
      triton: "model input '…' dimension must be integer >= 1, or -1 to indicate a variable-size dimension",
      example: 'input { name: "x" data_type: TYPE_FP32 dims: [ 0 ] }',
      fix: 'write -1 where any size may come',
    },
    {
      code: 'config/reshape-dim-invalid',
      severity: 'error',
      means: 'A dimension of a reshape is a whole number from 1, or -1.',
      triton: "model input '…' reshape dimensions must be integer >= 1, or -1 to indicate a variable-size dimension",
      example: 'input { name: "x" data_type: TYPE_FP32 dims: [ 4 ] reshape { shape: [ 0 ] } }',
      fix: 'write the size that the model sees',
    },
    {
      code: 'config/reshape-size',
      severity: 'error',
      means: 'A reshape changes the shape, never the number of elements; between open dimensions too.',
      triton: "model input '…' has different size for dims and reshape",
      example: 'input { name: "x" data_type: TYPE_FP32 dims: [ 4, 2 ] reshape { shape: [ 4 ] } }',
      fix: 'make both products equal, between each pair of -1 as well',
    },
    {
      code: 'config/reshape-open-dims',
      severity: 'error',
      means: 'dims and reshape must have as many open dimensions.',
      triton: "model input '…' has different number of variable-size dimensions for dims and reshape",
      example: 'input { name: "x" data_type: TYPE_FP32 dims: [ -1, -1 ] reshape { shape: [ -1 ] } }',
      fix: 'write as many -1 in both',
    },
    {
      code: 'config/format-dims',
      severity: 'error',
      means: 'FORMAT_NHWC and FORMAT_NCHW describe images: height, width and channels.',
      triton: 'model input NHWC/NCHW require 3 dims',
      example: 'input { name: "x" data_type: TYPE_FP32 format: FORMAT_NCHW dims: [ 224, 224 ] }',
      fix: 'write three dims, or take the format out',
    },
    {
      code: 'config/shape-tensor-platform',
      severity: 'error',
      means: 'Only TensorRT knows shape tensors.',
      triton: 'shape tensors are only supported for TensorRT platform',
      example: 'backend: "onnxruntime"\ninput { name: "x" data_type: TYPE_INT32 dims: [ 1 ] is_shape_tensor: true }',
      fix: 'take is_shape_tensor out',
    },
    {
      code: 'config/non-linear-platform',
      severity: 'error',
      means: 'Only TensorRT knows tensors in non-linear formats.',
      triton: 'Non-linear IO format is only supported for the TensorRT platform',
      example: 'backend: "onnxruntime"\ninput { name: "x" data_type: TYPE_FP32 dims: [ 3, 4, 4 ] is_non_linear_format_io: true }',
      fix: 'take is_non_linear_format_io out',
      since: '2.49',
    },
    {
      code: 'config/non-linear-dims',
      severity: 'error',
      means: 'A tensor in a non-linear format has three dimensions.',
      triton: 'Non-linear IO format input requires 3 dims',
      example: 'backend: "tensorrt"\ninput { name: "x" data_type: TYPE_FP32 dims: [ 4 ] is_non_linear_format_io: true }',
      fix: 'write three dims',
      since: '2.49',
    },
  ],
  *judge({ config }, pen) {
    const { name = '', max_batch_size: largest = 0, platform = '' } = config;
    const model = { name, isBatching: largest !== 0, platform };
    for (const [index, input] of (config.input ?? []).entries()) yield* tensor(input, { ...model, kind: 'input', index }, pen);
    for (const [index, output] of (config.output ?? []).entries()) yield* tensor(output, { ...model, kind: 'output', index }, pen);
  },
};

type Around = {
  readonly name: string;
  readonly isBatching: boolean;
  readonly platform: string;
  readonly kind: 'input' | 'output';
  readonly index: number;
};

function* tensor(one: ModelInputJson & ModelOutputJson, around: Around, pen: Pen): Iterable<Finding> {
  const { kind, index, name: model, isBatching, platform } = around;
  const { name = '', data_type: type, dims = [], reshape } = one;
  const path = [kind, index];
  const who = name === '' ? `model ${kind} ` : `model ${kind} '${name}' `;
  const forModel = ` for ${model}`;
  if (name === '') yield pen.at(path, 'config/tensor-name-missing', `model ${kind} must specify 'name'${forModel}`);
  if (type === undefined) yield pen.at(path, 'config/tensor-type-missing', `${who}must specify 'data_type'${forModel}`);
  if (dims.length === 0) yield pen.at(path, 'config/tensor-dims-missing', `${who}must specify 'dims'${forModel}`);
  const shape = reshape?.shape ?? [];
  if (reshape && shape.length === 0 && !isBatching) {
    const says = `${who}cannot have empty reshape for non-batching model as scalar tensors are not supported${forModel}`;
    yield pen.at([...path, 'reshape'], 'config/reshape-empty', says);
  }
  for (const [at, dim] of dims.entries()) {
    if (isDim(asBigInt(dim))) continue;
    const says = `${who}dimension must be integer >= 1, or -1 to indicate a variable-size dimension${forModel}`;
    yield pen.at([...path, 'dims', at], 'config/dim-invalid', says);
  }
  for (const [at, dim] of shape.entries()) {
    if (isDim(asBigInt(dim))) continue;
    const says = `${who}reshape dimensions must be integer >= 1, or -1 to indicate a variable-size dimension${forModel}`;
    yield pen.at([...path, 'reshape', 'shape', at], 'config/reshape-dim-invalid', says);
  }
  if (reshape && dims.length > 0) yield* sameSize(one, path, { who, forModel }, pen);

  const isImage = 'format' in one && (one.format === 'FORMAT_NHWC' || one.format === 'FORMAT_NCHW');
  if (isImage && dims.length !== 3)
    yield pen.at([...path, 'format'], 'config/format-dims', `model input NHWC/NCHW require 3 dims${forModel}`);
  if (one.is_shape_tensor && platform !== 'tensorrt_plan') {
    const says = `shape tensors are only supported for TensorRT platform${forModel}`;
    yield pen.at([...path, 'is_shape_tensor'], 'config/shape-tensor-platform', says);
  }
  if (!one.is_non_linear_format_io) return;
  const here = [...path, 'is_non_linear_format_io'];
  if (platform !== 'tensorrt_plan') {
    yield pen.at(here, 'config/non-linear-platform', `Non-linear IO format is only supported for the TensorRT platform${forModel}`);
  } else if (dims.length !== 3) {
    yield pen.at(here, 'config/non-linear-dims', `Non-linear IO format ${kind} requires 3 dims${forModel}`);
  }
}

const isDim = (dim: bigint): boolean => dim >= 1n || dim === -1n;

function* sameSize(
  { dims = [], reshape }: ModelInputJson,
  path: readonly (string | number)[],
  { who, forModel }: { who: string; forModel: string },
  pen: Pen,
): Iterable<Finding> {
  const shape = reshape?.shape ?? [];
  const [size, wanted] = [elementCount(dims), elementCount(shape)];
  const here = [...path, 'reshape'];
  const differs = (): Finding => pen.at(here, 'config/reshape-size', `${who}has different size for dims and reshape${forModel}`);
  if (size !== wanted && (wanted !== 0n || size !== 1n)) yield differs();
  else if (size === -1n) {
    const [pieces, others] = [segments(dims.map(asBigInt)), segments(shape.map(asBigInt))];
    if (pieces.length !== others.length) {
      const says = `${who}has different number of variable-size dimensions for dims and reshape${forModel}`;
      yield pen.at(here, 'config/reshape-open-dims', says);
    } else if (pieces.some((piece, at) => piece !== others[at])) yield differs();
  }
}

/** The products between open dimensions. */
function segments(dims: readonly bigint[]): bigint[] {
  const products = [1n];
  for (const dim of dims) {
    if (dim === -1n) products.push(1n);
    else products[products.length - 1] = BigInt.asIntN(64, (products.at(-1) ?? 1n) * dim);
  }
  return products;
}
