import { type Json, parseJson } from '#core/kserve/json.ts';
import type { Datatype } from '#core/kserve/tensor.ts';
import { datatypeNames, isDatatype } from './datatypes.ts';
import { written } from './fit.ts';
import type { RawTensor } from './frames.ts';
import { refuse } from './refused.ts';
import type { Prepared } from './scheduler.ts';
import { fullShape, type ServedModel, type TensorSpec } from './served-model.ts';

export type InferCall = Prepared & { /** Names of the outputs that are wanted. */ readonly outputs: ReadonlySet<string> };

type Members = { readonly [name: string]: Json };
type Given = { readonly name: string; readonly datatype: Datatype; readonly shape: readonly number[]; readonly bytes: Uint8Array };

/** Reads the JSON body of an inference request and checks it against the model, in Triton's order and words. Throws Refused. */
export function readInferCall(text: string, model: ServedModel): InferCall {
  const root = membersOf(readRoot(text, model));
  const id = root.id === undefined ? '' : asString(root.id, 'id');
  const timeoutMs = readParameters(root.parameters);
  const given = readInputs(root);
  const outputs = readOutputs(root.outputs, model);
  const prefix = `[request id: ${id || '<id_unknown>'}] `;
  const batchSize = requireInputs(given, model, prefix);
  const tensors = model.inputs.map(({ name }) => given.get(name)).filter((tensor) => tensor !== undefined);
  const shape = tensors.map((tensor) => written(model.batchMax > 0 ? tensor.shape.slice(1) : tensor.shape)).join();
  return { id, tensors, batchSize, shape, timeoutMs, outputs };
}

export function writeInferAnswer(call: InferCall, model: ServedModel, version: string, outputs: readonly RawTensor[]): string {
  const head = `${call.id === '' ? '' : `"id":${JSON.stringify(call.id)},`}"model_name":${JSON.stringify(model.name)},"model_version":"${version}"`;
  const tensors = model.outputs.flatMap(({ name, datatype }, index) => {
    const output = outputs[index];
    if (!output || !call.outputs.has(name)) return [];
    return [
      `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":${written(output.shape)},"data":[${writeElements(datatype, output.bytes)}]}`,
    ];
  });
  return `{${head},"outputs":[${tensors.join(',')}]}`;
}

/** 64-bit integers would lose digits in the fast reader, so a model that takes them is read the slow way when such digits are there. */
function readRoot(text: string, { inputs }: ServedModel): Json {
  const keepsBigIntegers = inputs.some(({ datatype }) => datatype.endsWith('INT64')) && /\d{16}/.test(text);
  const parsed = parseJson(text, { keepsBigIntegers });
  return 'value' in parsed ? parsed.value : refuse(500, `failed to parse the request JSON buffer: ${parsed.says} at ${parsed.at}`);
}

/** Gives the timeout in ms. Parameters that only a backend would read are accepted and lead nowhere, as with Triton. */
function readParameters(parameters: Json | undefined): number {
  if (parameters === undefined) return 0;
  if (!isMembers(parameters)) refuse(500, 'failed to get request params.: attempt to get members for non-object');
  let timeoutMs = 0;
  for (const [name, value] of Object.entries(parameters)) {
    if (name === 'timeout') timeoutMs = asUnsigned(value, name) / 1000;
    else if (name === 'priority') asUnsigned(value, name);
    else if (name === 'sequence_start' || name === 'sequence_end') asBoolean(value, name);
    else if (name === 'binary_data_output') requireFalse(value, name);
    else if (name.startsWith('triton_'))
      refuse(400, "parameter keys starting with 'triton_' are reserved for Triton usage and should not be specified.");
    else if (value === null || typeof value === 'object')
      refuse(400, `parameter '${name}' has invalid type. It should be either 'int', 'bool', or 'string'.`);
  }
  return timeoutMs;
}

function requireFalse(value: Json, name: string): void {
  if (asBoolean(value, name)) refuse(400, jsonOnly('binary outputs'));
}

function readInputs(root: Members): Map<string, Given> {
  const inputs = asArray(required(root, 'inputs'), 'inputs');
  const given = new Map<string, Given>();
  for (const item of inputs) {
    const input = membersOf(item);
    requireJsonData(input);
    const { name, datatype, shape, bytes } = readInput(input);
    if (given.has(name))
      refuse(
        400,
        `[request id: ${typeof root.id === 'string' && root.id !== '' ? root.id : '<id_unknown>'}] input '${name}' already exists in request`,
      );
    given.set(name, { name, datatype, shape, bytes });
  }
  return given;
}

function requireJsonData(input: Members): void {
  const parameters = membersOf(input.parameters ?? null);
  const isBinary = parameters.binary_data_size !== undefined;
  const isShared = parameters.shared_memory_region !== undefined;
  const set = [input.data !== undefined && "'data'", isBinary && "'binary_data_size'", isShared && "'shared_memory_region'"].filter(
    (name) => name !== false,
  );
  if (set.length !== 1) {
    const fields = "'data', 'binary_data_size' in 'parameters', 'shared_memory_region' in 'parameters'";
    refuse(
      400,
      `Input must set only one of the following fields: ${fields}. But ${set.length === 0 ? 'no field is set' : `set ${set.join(' ')}`}`,
    );
  }
  if (isBinary) refuse(400, jsonOnly('binary inputs'));
  if (isShared) refuse(400, jsonOnly('inputs in shared memory'));
}

function readInput(input: Members): Given {
  const name = asString(required(input, 'name'), 'name');
  const datatype = asString(required(input, 'datatype'), 'datatype');
  if (!isDatatype(datatype)) return refuse(400, `invalid datatype for input ${name}`);
  const shape = asArray(required(input, 'shape'), 'shape').map((dim) => asUnsigned(dim, 'shape'));
  if (datatype === 'FP16' || datatype === 'BF16')
    refuse(400, `receiving ${datatype} data via JSON is not supported. Please use the binary data format for input ${name}`);
  const data = asArray(input.data ?? null, 'data');
  const flat = data.some(Array.isArray) ? flatten(data) : data;
  const bytes = readElements(datatype, flat);
  // An empty shape is caught by the core, which knows what the model wants.
  if (shape.length > 0 && flat.length !== elementsOf(shape))
    refuse(500, "Unable to parse 'data': Shape does not match true shape of 'data' field");
  return { name, datatype, shape, bytes };
}

function readElements(datatype: Datatype, data: readonly Json[]): Uint8Array {
  switch (datatype) {
    case 'FP32':
      return bytesOf(Float32Array.from(data, asNumber));
    case 'FP64':
      return bytesOf(Float64Array.from(data, asNumber));
    case 'BOOL':
      return Uint8Array.from(data, (value) => (asBoolean(value, 'data') ? 1 : 0));
    // Integers that do not fit wrap around, as in Triton's reader.
    case 'INT8':
      return bytesOf(Int8Array.from(data, asSmallSigned));
    case 'INT16':
      return bytesOf(Int16Array.from(data, asSmallSigned));
    case 'INT32':
      return bytesOf(Int32Array.from(data, asSmallSigned));
    case 'INT64':
      return bytesOf(BigInt64Array.from(data, asSigned));
    case 'UINT8':
      return Uint8Array.from(data, asSmallUnsigned);
    case 'UINT16':
      return bytesOf(Uint16Array.from(data, asSmallUnsigned));
    case 'UINT32':
      return bytesOf(Uint32Array.from(data, asSmallUnsigned));
    case 'UINT64':
      return bytesOf(BigUint64Array.from(data, asUnsignedBig));
    case 'BYTES':
      return Buffer.concat(data.flatMap(stringElement));
    case 'FP16':
    case 'BF16':
      return new Uint8Array();
  }
}

function readOutputs(outputs: Json | undefined, model: ServedModel): ReadonlySet<string> {
  const all = new Set(model.outputs.map(({ name }) => name));
  const items = outputs === undefined ? [] : asArray(outputs, 'outputs');
  const names = items.map((item) => {
    const output = membersOf(item);
    const name = asString(required(output, 'name'), 'name');
    const parameters = membersOf(output.parameters ?? null);
    if (parameters.binary_data !== undefined) requireFalse(parameters.binary_data, 'binary_data');
    if (parameters.classification !== undefined) refuse(400, jsonOnly('classification'));
    if (parameters.shared_memory_region !== undefined) refuse(400, jsonOnly('outputs in shared memory'));
    return name;
  });
  const unknown = names.find((name) => !all.has(name));
  if (unknown !== undefined) refuse(400, `unexpected inference output '${unknown}' for model '${model.name}'`);
  return names.length === 0 ? all : new Set(names);
}

/** The checks of Triton's core, in its order. Gives the batch size; 1 for a model without a batch dimension. */
function requireInputs(given: ReadonlyMap<string, Given>, model: ServedModel, prefix: string): number {
  if (given.size !== model.inputs.length) refuse(400, `${prefix}${wrongCount(given, model)}`);
  const batchSize = model.batchMax > 0 ? requireBatchSize([...given.values()], model, prefix) : 1;
  for (const input of given.values()) {
    const spec = model.inputs.find(({ name }) => name === input.name);
    if (!spec) return refuse(400, `unexpected inference input '${input.name}' for model '${model.name}'`);
    requireInput(input, spec, model, prefix);
  }
  return batchSize;
}

/** Triton forgets the opening bracket when nothing is missing. So do we, as the words are what people search for. */
function wrongCount(given: ReadonlyMap<string, Given>, { name, inputs }: ServedModel): string {
  const got = [...given.keys()].sort().map((input) => `'${input}'`);
  const missing = inputs
    .filter((input) => !given.has(input.name))
    .map((input) => `'${input.name}'`)
    .sort();
  const missed = missing.length === 0 ? ']' : `[${missing.join(',')}]`;
  return `expected ${inputs.length} inputs but got ${given.size} inputs for model '${name}'. Got input(s) [${got.join(',')}], but missing required input(s) ${missed}. Please provide all required input(s).`;
}

function requireBatchSize(given: readonly Given[], model: ServedModel, prefix: string): number {
  const known = given.filter(({ name }) => model.inputs.some((input) => input.name === name));
  const bare = known.find(({ shape }) => shape.length === 0);
  if (bare) refuse(400, `${prefix}input '${bare.name}' has no shape but model requires batch dimension for '${model.name}'`);
  const batchSize = known[0]?.shape[0] ?? 1;
  const other = known.find(({ shape }) => shape[0] !== batchSize);
  if (other) refuse(400, `${prefix}input '${other.name}' batch size does not match other inputs for '${model.name}'`);
  if (batchSize > model.batchMax) refuse(400, `${prefix}inference request batch-size must be <= ${model.batchMax} for '${model.name}'`);
  return batchSize;
}

function requireInput(input: Given, spec: TensorSpec, model: ServedModel, prefix: string): void {
  if (input.datatype !== spec.datatype) {
    refuse(
      400,
      `${prefix}inference input '${input.name}' data-type is '${input.datatype}', but model '${model.name}' expects '${spec.datatype}'`,
    );
  }
  const expected = fullShape(model, spec);
  if (expected.length !== input.shape.length || expected.some((dim, index) => dim !== -1 && dim !== input.shape[index])) {
    const note = model.batchMax > 0 ? batchNote : '';
    refuse(
      400,
      `${prefix}unexpected shape for input '${input.name}' for model '${model.name}'. Expected ${written(expected)}, got ${written(input.shape)}.${note}`,
    );
  }
  if (model.batchMax > 0 && input.shape[0] === 0) {
    const bytes = elementsOf(input.shape.slice(1)) * (datatypeNames[spec.datatype].bytes ?? 0);
    refuse(400, `${prefix}input byte size mismatch for input '${input.name}' for model '${model.name}'. Expected ${bytes}, got 0`);
  }
}

const batchNote =
  ' NOTE: Setting a non-zero max_batch_size in the model config requires a batch dimension to be prepended to each input shape. If you want to specify the full shape including the batch dim in your input dims config, try setting max_batch_size to zero. See the model configuration docs for more info on max_batch_size.';

const jsonOnly = (what: string): string => `conch-embedded takes and gives tensors as JSON only; not supported: ${what}`;

function writeElements(datatype: Datatype, bytes: Uint8Array): string {
  // A view needs its bytes aligned, and the rows of a batch may not be.
  const { buffer } = new Uint8Array(bytes);
  switch (datatype) {
    case 'FP32':
      return Array.from(new Float32Array(buffer), writeFloat).join();
    case 'FP64':
      return Array.from(new Float64Array(buffer), writeFloat).join();
    case 'BOOL':
      return Array.from(bytes, (value) => (value === 0 ? 'false' : 'true')).join();
    case 'INT8':
      return new Int8Array(buffer).join();
    case 'INT16':
      return new Int16Array(buffer).join();
    case 'INT32':
      return new Int32Array(buffer).join();
    case 'INT64':
      return new BigInt64Array(buffer).join();
    case 'UINT8':
      return bytes.join();
    case 'UINT16':
      return new Uint16Array(buffer).join();
    case 'UINT32':
      return new Uint32Array(buffer).join();
    case 'UINT64':
      return new BigUint64Array(buffer).join();
    case 'BYTES':
      return writeStrings(Buffer.from(buffer));
    case 'FP16':
    case 'BF16':
      return refuse(400, `sending ${datatype} data via JSON is not supported. Please use the binary data format for output`);
  }
}

/** Not finite is written bare, and whole numbers with their point, as Triton does. */
function writeFloat(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Number.isInteger(value) && Math.abs(value) < 1e21 ? `${Object.is(value, -0) ? '-0' : value}.0` : String(value);
}

function writeStrings(bytes: Buffer): string {
  const strings: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    strings.push(JSON.stringify(bytes.toString('utf8', at + 4, end)));
    at = end;
  }
  return strings.join();
}

const flatten = (data: readonly Json[]): Json[] =>
  data.flatMap((item) => (Array.isArray(item) ? flatten(item as readonly Json[]) : [item]));
const elementsOf = (shape: readonly number[]): number => shape.reduce((product, dim) => product * dim, 1);
const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);

// The words of Triton's JSON reader, by what was asked for.

const isMembers = (value: Json): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);
const membersOf = (value: Json): Members => (isMembers(value) ? value : {});

const required = (members: Members, name: string): Json =>
  members[name] ??
  (members[name] === null ? null : refuse(500, `Unable to parse '${name}': attempt to access non-existing object member '${name}'`));

const unparsable = (name: string, was: string, as: string): never =>
  refuse(500, `Unable to parse '${name}': attempt to access JSON non-${was} as ${as}`);

const asString = (value: Json, name: string): string => (typeof value === 'string' ? value : unparsable(name, 'string', 'string'));
const asBoolean = (value: Json, name: string): boolean => (typeof value === 'boolean' ? value : unparsable(name, 'boolean', 'boolean'));
const asArray = (value: Json, name: string): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : unparsable(name, 'array', 'array');
const asUnsigned = (value: Json, name: string): number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : unparsable(name, 'unsigned-integer', 'unsigned-integer');

const asNumber = (value: Json): number =>
  typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : unparsable('data', 'number', 'double');
const asSigned = (value: Json): bigint =>
  typeof value === 'bigint'
    ? value
    : typeof value === 'number' && Number.isInteger(value)
      ? BigInt(value)
      : unparsable('data', 'signed-integer', 'signed-integer');
const asUnsignedBig = (value: Json): bigint =>
  (typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value))) && value >= 0
    ? BigInt(value)
    : unparsable('data', 'unsigned-integer', 'unsigned-integer');
const asSmallSigned = (value: Json): number =>
  typeof value === 'number' && Number.isInteger(value) ? value : unparsable('data', 'signed-integer', 'signed-integer');
const asSmallUnsigned = (value: Json): number => asUnsigned(value, 'data');

function stringElement(value: Json): Buffer[] {
  if (typeof value !== 'string') return refuse(500, 'Unable to parse JSON bytes array: attempt to access JSON non-string as string');
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return [length, bytes];
}
