import type { Finding } from '../../base/finding.ts';
import { nearest } from '../../base/nearest.ts';
import { type OnnxFacts, type OnnxValue, sessionInputs } from '../../model-file/onnx.ts';
import { unsupportedType } from '../complete-onnx.ts';
import type { Int64Json, ModelConfigJson, ModelInputJson, ModelOutputJson } from '../../pbtxt/model-config.ts';
import { asBigInt, shapeText } from '../int64.ts';
import { Pen, type Rule } from './rule.ts';

const unrefereed = 'the compiled ONNX Runtime backend says it, and that is not in the wheel that we ask';

/** The configuration and the ONNX model agree on names, types and shapes, as the backend compares them when an instance starts. */
export const onnx: Rule = {
  explains: [
    {
      code: 'onnx/control-missing',
      severity: 'error',
      means: 'A sequence control is no input of the model.',
      triton: "configuration specified sequence control '…', but model does not provide that input",
      example: 'control_input { name: "START" … }  # and the model has no input START',
      fix: "name one of the model's inputs",
      unrefereed,
    },
    {
      code: 'onnx/control-mismatch',
      severity: 'error',
      means: 'A sequence control has the shape [ 1 ], and the type of its values.',
      triton: "unable to load model '…', sequence control '…' in model has dims … but dims [1] is expected",
      example: 'a control whose tensor has the shape [ 2 ] in the model',
      fix: 'export the control with the shape [ 1 ], or correct its values',
      unrefereed,
    },
    {
      code: 'onnx/input-count',
      severity: 'error',
      means: 'Every input of the model must be configured: as input, batch_input, control or state.',
      triton: "unable to load model '…', configuration expects … inputs, model provides …",
      example: 'a model with two inputs, and a configuration with one',
      fix: 'configure all of them',
      unrefereed,
    },
    {
      code: 'onnx/optional-batching',
      severity: 'error',
      means: 'An optional input works only without batching.',
      triton: "unable to load model '…', optional input '…' is not supported for models that support batching",
      example: 'max_batch_size: 8\ninput { name: "x" data_type: TYPE_FP32 dims: [ 4 ] optional: true }',
      fix: 'take optional out, or write max_batch_size: 0',
      unrefereed,
    },
    {
      code: 'onnx/input-unknown',
      severity: 'error',
      means: 'The model has no input of this name.',
      triton: "unexpected inference input '…', allowed inputs are: …",
      example: 'input { name: "imput" data_type: TYPE_FP32 dims: [ 4 ] }',
      fix: 'write the name that the model has',
      unrefereed,
    },
    {
      code: 'onnx/output-unknown',
      severity: 'error',
      means: 'The model has no output of this name.',
      triton: "unexpected inference output '…', allowed outputs are: …",
      example: 'output { name: "ouput" data_type: TYPE_FP32 dims: [ 4 ] }',
      fix: 'write the name that the model has',
      unrefereed,
    },
    {
      code: 'onnx/data-type',
      severity: 'error',
      means: 'The configuration gives a tensor another datatype than the model has.',
      triton: "unable to load model '…', configuration expects datatype … for input '…', model provides …",
      example: 'data_type: TYPE_INT64  # and the model has float',
      fix: 'write the datatype that the model has',
      unrefereed,
    },
    {
      code: 'onnx/type-unsupported',
      severity: 'error',
      means: 'The model has an input or output that is no tensor, or of a type that Triton has no name for.',
      triton: "Unsupported ONNX Type '…' for I/O '…', expected 'ONNX_TYPE_TENSOR'.",
      example: 'a classifier from scikit-learn that gives a sequence of maps (ZipMap)',
      fix: 'export it with tensors alone (for skl2onnx: options={"zipmap": False})',
      unrefereed,
    },
    {
      code: 'onnx/ragged',
      severity: 'error',
      means: 'A ragged input is flattened, so the model must take it with the shape [ -1 ], and it cannot be optional.',
      triton:
        "unable to load model '…', configuration expects model provides input with shape [-1]  for ragged input '…', model provides …",
      example: 'allow_ragged_batch: true  # and the model has the shape [ -1, 4 ]',
      fix: 'take allow_ragged_batch out, or export the model for it',
      unrefereed,
    },
    {
      code: 'onnx/batch-dimension',
      severity: 'error',
      means: "With max_batch_size above 0 the model's first dimension must be open: it is the batch.",
      triton:
        "model '…', tensor '…': for the model to support batching the shape should have at least 1 dimension and the first dimension must be -1; but shape expected by the model is …",
      example: 'max_batch_size: 8  # and the model has the shape [ 1, 4 ]',
      fix: 'write max_batch_size: 0 and the whole shape, or export the model with a dynamic batch dimension',
      unrefereed,
    },
    {
      code: 'onnx/shape',
      severity: 'error',
      means:
        'The configuration gives a tensor another shape than the model has. An input may fix what the model leaves open; an output must be written as the model has it.',
      triton: "model '…', tensor '…': the model expects … dimensions (shape …) but the model configuration specifies … dimensions (…)",
      example: 'dims: [ 3, 224 ]  # and the model has the shape [ -1, 3, 224, 224 ]',
      fix: 'write the shape that the model has, without the batch dimension where max_batch_size is above 0',
      unrefereed,
    },
    {
      code: 'onnx/scalar',
      severity: 'error',
      means: 'The model has a scalar there, and a scalar is written dims: [ 1 ].',
      triton:
        "unable to load model '…', scalar tensor '…', should only provide 1 in the model configuration when the model doesn't support batching.",
      example: 'dims: [ 4 ]  # and the model has a scalar',
      fix: 'write dims: [ 1 ]',
      unrefereed,
    },
  ],
  *judge({ completed, served }, pen) {
    if (completed === 'unknown' || completed.backend !== 'onnxruntime') return;
    const [first] = served;
    const facts = first?.file.onnx;
    if (facts?.hasGraph) yield* compared(completed, facts, pen);
  },
};

type Tensors = Pick<OnnxFacts, 'inputs' | 'outputs' | 'initializers'>;

/** Source: triton-inference-server/onnxruntime_backend, ModelInstanceState: its constructor, ValidateInputs and ValidateOutputs. */
function* compared(config: ModelConfigJson, tensors: Tensors, pen: Pen): Iterable<Finding> {
  yield* controls(config, tensors, pen);
  yield* inputs(config, tensors, pen);
  yield* outputs(config, tensors, pen);
}

/** What the backend says first against a configuration and the tensors that ONNX Runtime found; undefined when they agree. */
export function firstMisfit(config: ModelConfigJson, tensors: Tensors): Finding | undefined {
  const [first] = compared(config, tensors, new Pen({ text: 'absent', folder: '', configPath: '' }, onnx.explains));
  return first;
}

function* controls(
  { name: model, sequence_batching: batching, max_batch_size: largest = 0 }: ModelConfigJson,
  facts: Tensors,
  pen: Pen,
): Iterable<Finding> {
  for (const [index, { name = '', control = [] }] of (batching?.control_input ?? []).entries()) {
    const [one] = control;
    if (!one) continue;
    const path = ['sequence_batching', 'control_input', index];
    const value = sessionInputs(facts).find((input) => input.name === name);
    if (!value) {
      const says = `configuration specified sequence control '${name}', but model does not provide that input`;
      yield pen.at([...path, 'name'], 'onnx/control-missing', says);
      continue;
    }
    const dims = sizes(value).slice(largest > 0 ? 1 : 0);
    const who = `unable to load model '${model}', sequence control '${name}'`;
    if (dims.length !== 1 || dims[0] !== 1) {
      yield pen.at(path, 'onnx/control-mismatch', `${who} in model has dims ${shapeText(dims)} but dims [1] is expected`);
    }
    const type = one.int32_false_true
      ? 'TYPE_INT32'
      : one.fp32_false_true
        ? 'TYPE_FP32'
        : one.bool_false_true
          ? 'TYPE_BOOL'
          : (one.data_type ?? 'TYPE_INVALID');
    if (type === value.dataType) continue;
    const says = `${who}, the model expects data-type ${value.dataType.replace('TYPE_', '')} but the model configuration specifies data-type ${type}`;
    yield pen.at([...path, 'control'], 'onnx/control-mismatch', says);
  }
}

function* inputs(config: ModelConfigJson, facts: Tensors, pen: Pen): Iterable<Finding> {
  const { name: model, input = [], batch_input: added = [], sequence_batching: batching, max_batch_size: largest = 0 } = config;
  const provided = sessionInputs(facts);
  const kinds = new Set(
    (batching?.control_input ?? []).flatMap(({ control = [] }) => control.map(({ kind }) => kind ?? 'CONTROL_SEQUENCE_START')),
  );
  yield* noTensor(facts.inputs, input, 'input', pen);
  const expected = input.filter(({ optional }) => !optional).length + added.length + kinds.size + (batching?.state ?? []).length;
  if (provided.length !== expected) {
    const missing = provided.filter(({ name }) => !input.some((one) => one.name === name)).map(({ name }) => `"${name}"`);
    const says = `unable to load model '${model}', configuration expects ${expected} inputs, model provides ${provided.length}`;
    yield pen.at(
      ['input'],
      'onnx/input-count',
      says,
      missing.length > 0 && missing.length < 10 ? `the model also takes ${missing.join(', ')}: configure all of its inputs` : undefined,
    );
  }
  for (const [index, one] of input.entries()) {
    const path = ['input', index];
    const { name = '', optional, allow_ragged_batch: isRagged } = one;
    if (optional && largest !== 0) {
      const says = `unable to load model '${model}', optional input '${name}' is not supported for models that support batching`;
      yield pen.at([...path, 'optional'], 'onnx/optional-batching', says);
    }
    const value = facts.inputs.find((other) => other.name === name);
    if (!value) {
      const names = facts.inputs.map((other) => other.name);
      const says = `unexpected inference input '${name}', allowed inputs are: ${[...names].sort().join(', ')}`;
      yield pen.at([...path, 'name'], 'onnx/input-unknown', says, meant(name, names));
      continue;
    }
    yield* sameType(one, value, path, `${model}`, 'input', pen);
    const shaped = `unable to load model '${model}', configuration expects model provides input with shape [-1]`;
    if (isRagged && optional) {
      const says = `${shaped} for ragged input '${name}', which is not supported for optional input`;
      yield pen.at([...path, 'allow_ragged_batch'], 'onnx/ragged', says);
    } else if (isRagged && (sizes(value).length !== 1 || sizes(value)[0] !== -1)) {
      const says = `${shaped}  for ragged input '${name}', model provides ${shapeText(sizes(value))}`;
      yield pen.at([...path, 'allow_ragged_batch'], 'onnx/ragged', says);
    } else if (!isRagged) yield* sameShape(one, value, { path, model: `${model}`, largest, isExact: false }, pen);
  }
}

function* outputs(config: ModelConfigJson, facts: Tensors, pen: Pen): Iterable<Finding> {
  const { name: model, output = [], batch_output: scattered = [], max_batch_size: largest = 0 } = config;
  yield* noTensor(facts.outputs, output, 'output', pen);
  for (const [index, one] of output.entries()) {
    const path = ['output', index];
    const { name = '' } = one;
    const value = facts.outputs.find((other) => other.name === name);
    if (!value) {
      const names = facts.outputs.map((other) => other.name);
      const says = `unexpected inference output '${name}', allowed outputs are: ${[...names].sort().join(', ')}`;
      yield pen.at([...path, 'name'], 'onnx/output-unknown', says, meant(name, names));
      continue;
    }
    yield* sameType(one, value, path, `${model}`, 'output', pen);
    if (scattered.some(({ target_name: targets = [] }) => targets.includes(name))) continue;
    yield* sameShape(one, value, { path, model: `${model}`, largest, isExact: true }, pen);
  }
}

/** The backend asks for all of them first. */
function* noTensor(
  values: readonly OnnxValue[],
  configured: readonly (ModelInputJson | ModelOutputJson)[],
  kind: 'input' | 'output',
  pen: Pen,
): Iterable<Finding> {
  const strange = values.find(({ isTensor }) => !isTensor);
  if (!strange) return;
  const index = configured.findIndex(({ name }) => name === strange.name);
  yield pen.at(index < 0 ? [kind] : [kind, index, 'name'], 'onnx/type-unsupported', unsupportedType(strange));
}

function* sameType(
  { name = '', data_type: type = 'TYPE_INVALID' }: ModelInputJson | ModelOutputJson,
  value: OnnxValue,
  path: readonly (string | number)[],
  model: string,
  kind: 'input' | 'output',
  pen: Pen,
): Iterable<Finding> {
  if (value.isTensor && type !== value.dataType) {
    const provides = value.dataType.replace('TYPE_STRING', 'TYPE_BYTES');
    const says = `unable to load model '${model}', configuration expects datatype ${type} for ${kind} '${name}', model provides ${provides}`;
    const fix =
      value.dataType === 'TYPE_INVALID'
        ? `the model has ${value.onnxType} there, which Triton has no type for`
        : `write data_type: ${value.dataType}`;
    yield pen.at([...path, 'data_type'], 'onnx/data-type', says, fix);
  }
}

type Around = { readonly path: readonly (string | number)[]; readonly model: string; readonly largest: number; readonly isExact: boolean };

function* sameShape(
  one: ModelInputJson | ModelOutputJson,
  value: OnnxValue,
  { path, model, largest, isExact }: Around,
  pen: Pen,
): Iterable<Finding> {
  const has = sizes(value);
  const dims = one.reshape ? (one.reshape.shape ?? []) : (one.dims ?? []);
  const at = [...path, one.reshape ? 'reshape' : 'dims'];
  const who = `model '${model}', tensor '${one.name ?? ''}'`;
  if (has.length === 0) {
    if (value.shape === undefined || dims.every((dim) => asBigInt(dim) === 1n)) return;
    const says = `unable to load model '${model}', scalar tensor '${one.name ?? ''}', should only provide 1 in the model configuration when the model doesn't support batching. Model configuration provided: ${shapeText(dims)}.`;
    yield pen.at(at, 'onnx/scalar', says);
    return;
  }
  if (largest > 0 && has[0] !== -1) {
    const says = `${who}: for the model to support batching the shape should have at least 1 dimension and the first dimension must be -1; but shape expected by the model is ${shapeText(has)}`;
    yield pen.at(['max_batch_size'], 'onnx/batch-dimension', says);
    return;
  }
  const full: readonly Int64Json[] = largest > 0 ? [-1, ...dims] : dims;
  const isSame =
    has.length === full.length && has.every((size, place) => (!isExact && size === -1) || BigInt(size) === asBigInt(full[place] ?? 0));
  if (isSame) return;
  const complete =
    largest > 0
      ? `an initial batch dimension because max_batch_size > 0 followed by the explicit tensor shape, making complete shape ${shapeText(full)}`
      : `shape ${shapeText(full)}`;
  const says = `${who}: the model expects ${has.length} dimensions (shape ${shapeText(has)}) but the model configuration specifies ${full.length} dimensions (${complete})`;
  yield pen.at(
    at,
    'onnx/shape',
    says,
    `write ${one.reshape ? 'reshape { shape:' : 'dims:'} [ ${has.slice(largest > 0 ? 1 : 0).join(', ')} ]${one.reshape ? ' }' : ''}`,
  );
}

const sizes = ({ shape = [] }: OnnxValue): number[] => shape.map(({ size }) => size);

function meant(name: string, names: readonly string[]): string {
  const near = nearest(name, names);
  return near ? `did you mean "${near}"?` : `the model has: ${names.join(', ')}`;
}
