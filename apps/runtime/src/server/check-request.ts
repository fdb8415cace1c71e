import { datatypeNames } from '../datatypes.ts';
import type { RawTensor } from '../instances/frames.ts';
import { fullShape, type ServedModel, type TensorSpec } from '../models/served-model.ts';
import { mapDims } from '../scheduling/execute.ts';
import type { InferRequest, InputTensor } from './inference-server.ts';
import { Refused, refuse } from './refused.ts';

/** What of a request goes to the model: see Job. */
export type Checked = {
  readonly tensors: readonly (RawTensor | undefined)[];
  readonly size: number;
  readonly shape: string;
  /** What the core passes and every backend refuses. */
  readonly flaw: Refused | undefined;
};

/** The checks of Triton's core, in its order and words. Throws Refused. */
export function checkRequest(request: InferRequest, model: ServedModel): Checked {
  const prefix = `[request id: ${request.id || '<id_unknown>'}] `;
  const unknown = request.outputs.find((name) => !model.outputs.some((output) => output.name === name));
  if (unknown !== undefined) refuse('Invalid argument', `unexpected inference output '${unknown}' for model '${model.name}'`);
  const inputs = request.inputs[0]?.isRaw ? [deduced(request.inputs[0], model, prefix)] : request.inputs;
  // Triton keeps them in a hash table, where the one that came last mostly stands first: of two that are wrong, that one is named.
  const given = new Map(inputs.toReversed().map((input) => [input.name, input]));
  requireCount(given, model, prefix);
  const size = model.batchMax > 0 ? requireBatchSize([...given.values()], model, prefix) : 1;
  let flaw: Refused | undefined;
  for (const input of given.values()) {
    const spec = model.inputs.find(({ name }) => name === input.name);
    if (!spec) return refuse('Invalid argument', `unexpected inference input '${input.name}' for model '${model.name}'`);
    flaw ??= requireInput(input, spec, model, prefix);
  }
  const tensors = model.inputs.map((spec) => reshapedInput(given.get(spec.name), spec, model));
  return { tensors, size, shape: tensors.map((tensor, index) => sharedShape(tensor, index, model)).join(), flaw };
}

/** What a tensor's shape must share with others of a batch. */
function sharedShape(tensor: RawTensor | undefined, index: number, { batchMax, inputs }: ServedModel): string {
  if (!tensor) return 'none';
  return inputs[index]?.isRagged ? 'any' : `[${(batchMax > 0 ? tensor.shape.slice(1) : tensor.shape).join()}]`;
}

/** A raw request has no head: its one input is whichever the model has, of the shape that the bytes make. */
function deduced(input: InputTensor, model: ServedModel, prefix: string): InputTensor {
  const [spec, ...others] = model.inputs;
  if (!spec || others.length > 0) {
    return refuse(
      'Invalid argument',
      `${prefix}Raw request must only have 1 input (found 1) to be deduced but got ${model.inputs.length} inputs in '${model.name}' model configuration`,
    );
  }
  const open = spec.dims.filter((dim) => dim === -1).length;
  if (open > 1) {
    refuse(
      'Invalid argument',
      `${prefix}The shape of the raw input '${spec.name}' can not be deduced because there are more than one variable-sized dimension`,
    );
  }
  const width = datatypeNames[spec.datatype].bytes;
  const batch = model.batchMax > 0 ? [1] : [];
  if (width === undefined) {
    const isOne = spec.dims.length === 1 && spec.dims[0] === 1;
    if (!isOne) refuse('Invalid argument', `${prefix}For BYTE datatype raw input '${spec.name}', the model must have input shape [1]`);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(input.bytes.length);
    return {
      name: spec.name,
      datatype: spec.datatype,
      shape: [...batch, 1],
      bytes: Buffer.concat([length, input.bytes]),
    };
  }
  const known = spec.dims.reduce((product, dim) => (dim === -1 ? product : product * dim), width);
  const dims = spec.dims.map((dim) => (dim === -1 ? Math.floor(input.bytes.length / known) : dim));
  // Its name is only learnt when it has been found good.
  const expected = dims.reduce((product, dim) => product * dim, width);
  if (expected !== input.bytes.length) {
    refuse(
      'Invalid argument',
      `${prefix}input byte size mismatch for input 'raw_input' for model '${model.name}'. Expected ${expected}, got ${input.bytes.length}`,
    );
  }
  return { name: spec.name, datatype: spec.datatype, shape: [...batch, ...dims], bytes: input.bytes };
}

/** Triton forgets the opening bracket when nothing is missing. So do we, as the words are what people search for. */
function requireCount(given: ReadonlyMap<string, InputTensor>, { name, inputs }: ServedModel, prefix: string): void {
  const required = inputs.filter(({ isOptional }) => !isOptional);
  if (given.size <= inputs.length && given.size >= required.length) return;
  const got = [...given.keys()].map((input) => `'${input}'`);
  const missing = required.filter((input) => !given.has(input.name)).map((input) => `'${input.name}'`);
  const missed = missing.length === 0 ? ']' : `[${missing.join(',')}]`;
  const expected =
    required.length === inputs.length
      ? `expected ${inputs.length} inputs but got ${given.size} inputs`
      : `expected number of inputs between ${required.length} and ${inputs.length} but got ${given.size} inputs`;
  refuse(
    'Invalid argument',
    `${prefix}${expected} for model '${name}'. Got input(s) [${got.join(',')}], but missing required input(s) ${missed}. Please provide all required input(s).`,
  );
}

function requireBatchSize(given: readonly InputTensor[], model: ServedModel, prefix: string): number {
  const known = given.filter(({ name }) => model.inputs.some((input) => input.name === name));
  const bare = known.find(({ shape }) => shape.length === 0);
  if (bare) refuse('Invalid argument', `${prefix}input '${bare.name}' has no shape but model requires batch dimension for '${model.name}'`);
  // Of 32 bits to Triton: what is larger wraps around here, and is refused for its shape or its bytes.
  const size = Number(BigInt.asIntN(32, BigInt(known[0]?.shape[0] ?? 1)));
  const other = known.find(({ shape }) => shape[0] !== known[0]?.shape[0]);
  if (other) refuse('Invalid argument', `${prefix}input '${other.name}' batch size does not match other inputs for '${model.name}'`);
  if (size > model.batchMax)
    refuse('Invalid argument', `${prefix}inference request batch-size must be <= ${model.batchMax} for '${model.name}'`);
  return size;
}

function requireInput(input: InputTensor, spec: TensorSpec, model: ServedModel, prefix: string): Refused | undefined {
  const about = `for input '${input.name}' for model '${model.name}'`;
  if (input.datatype !== spec.datatype) {
    refuse(
      'Invalid argument',
      `${prefix}inference input '${input.name}' data-type is '${input.datatype ?? '<invalid>'}', but model '${model.name}' expects '${spec.datatype}'`,
    );
  }
  const expected = fullShape(model, spec);
  if (
    expected.length !== input.shape.length ||
    expected.some((dim, index) => dim !== -1 && input.shape[index] !== -1 && dim !== input.shape[index])
  ) {
    const note = model.batchMax > 0 ? batchNote : '';
    refuse('Invalid argument', `${prefix}unexpected shape ${about}. Expected [${expected}], got [${input.shape}]. ${note}`);
  }
  if (input.shape.some((dim) => dim < 0))
    refuse('Invalid argument', `${prefix}All input dimensions should be specified ${about}, got [${input.shape}]`);
  const row = (model.batchMax > 0 ? input.shape.slice(1) : input.shape).reduce((product, dim) => product * dim, 1);
  // The batch has 32 bits, and an empty one is refused by what one row would have, if that has a shape to the model.
  const oneRow = model.batchMax > 0 && spec.modelDims.length === 0 ? 0 : 1;
  const rows = model.batchMax > 0 && input.shape[0] !== 0 ? Number(BigInt.asUintN(32, BigInt(input.shape[0] ?? 1))) : oneRow;
  const width = datatypeNames[spec.datatype].bytes;
  if (width === undefined) return requireStrings(input, (rows || 1) * row, model, prefix);
  const wanted = rows * row * width;
  if (input.bytes.length !== wanted)
    refuse('Invalid argument', `${prefix}input byte size mismatch ${about}. Expected ${wanted}, got ${input.bytes.length}`);
  return undefined;
}

/** Each element has a length before it. That the last one is cut short is given back: a backend notices it. */
function requireStrings({ name, bytes }: InputTensor, expected: number, model: ServedModel, prefix: string): Refused | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const about = `for inference input '${name}' for model '${model.name}'`;
  let count = 0;
  let cut: { readonly length: number; readonly left: number } | undefined;
  for (let at = 0; at < bytes.length; count += 1) {
    const left = bytes.length - at;
    if (left < 4) {
      refuse(
        'Invalid argument',
        `${prefix}incomplete string length indicator ${about}, expecting 4 bytes but only ${left} bytes available. Please make sure the string length indicator is in one buffer.`,
      );
    }
    if (count >= expected)
      refuse('Invalid argument', `${prefix}unexpected number of string elements ${count + 1} ${about}, expecting ${expected}`);
    const length = view.getUint32(at, true);
    if (length > left - 4) cut = { length, left: left - 4 };
    at += 4 + length;
  }
  if (count !== expected) refuse('Invalid argument', `${prefix}expected ${expected} string elements ${about}, got ${count}`);
  if (!cut) return undefined;
  const says = `incomplete string data for inference input '${name}', expecting string of length ${cut.length}`;
  return new Refused('Invalid argument', `${says} but only ${cut.left} bytes available`);
}

function reshapedInput(input: InputTensor | undefined, spec: TensorSpec, { batchMax }: ServedModel): RawTensor | undefined {
  if (!input) return undefined;
  if (spec.dims === spec.modelDims) return { shape: input.shape, bytes: input.bytes };
  const batch = batchMax > 0 ? input.shape.slice(0, 1) : [];
  return { shape: [...batch, ...mapDims(input.shape.slice(batch.length), spec.dims, spec.modelDims)], bytes: input.bytes };
}

const batchNote =
  'NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each input shape. If you want to specify the full shape including the batch dim in your input dims config, try setting max_batch_size to zero. See the model configuration docs for more info on max_batch_size.';
