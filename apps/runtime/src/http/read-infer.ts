import { type Json, parseJson } from '#core/kserve/json.ts';
import type { Datatype } from '#core/kserve/tensor.ts';
import { isDatatype } from '../datatypes.ts';
import { addParameter, noSequence } from '../server/infer-parameters.ts';
import type { InferRequest, InputTensor, ModelRef, Parameter, SharedMemory } from '../server/inference-server.ts';
import { refuse } from '../server/refused.ts';
import {
  asArray,
  asBoolean,
  asString,
  asUnsigned,
  asUnsignedBig,
  isMembers,
  isUnsigned,
  type Members,
  membersOf,
  required,
} from './json-words.ts';
import { readElements } from './tensor-json.ts';

/** How one output is wanted. */
export type WantedOutput = {
  readonly isBinary: boolean;
  /** 0: the tensor itself. */
  readonly classes: number;
  readonly region: { readonly name: string; readonly offset: number; readonly size: number } | undefined;
};

export type InferCall = {
  readonly request: InferRequest;
  readonly outputs: ReadonlyMap<string, WantedOutput>;
  /** Of outputs that nobody named. */
  readonly otherwise: WantedOutput;
};

export type InferBody = {
  readonly model: ModelRef;
  readonly body: Buffer;
  /** Of `Inference-Header-Content-Length`; undefined where there is none, and the whole body is JSON. */
  readonly headLength: number | undefined;
  /** Headers that are forwarded. */
  readonly forwarded: ReadonlyMap<string, string>;
  readonly startedNs: bigint;
};

/** Reads an inference request, in Triton's order and words. Throws Refused. */
export function readInfer(given: InferBody, memory: SharedMemory): InferCall {
  const { body, headLength } = given;
  if (headLength === 0) return rawCall(given);
  const head = body.subarray(0, headLength ?? body.length).toString();
  const root = membersOf(readRoot(head));
  const id = root.id === undefined ? '' : asString(root.id, 'id');
  const read = readParameters(root.parameters);
  for (const [name, value] of given.forwarded) read.parameters.set(name, value);
  const raw = new RawData(body.subarray(headLength ?? body.length), given.model.name);
  const inputs = asArray(required(root, 'inputs'), 'inputs').map((item) => readInput(membersOf(item), raw, memory));
  raw.requireAllTaken();
  const outputs = readOutputs(root.outputs, memory);
  const { priority, timeoutUs, sequence, parameters } = read;
  return {
    request: {
      model: given.model,
      id,
      priority,
      timeoutUs,
      sequence,
      parameters,
      inputs,
      outputs: [...outputs.keys()],
      startedNs: given.startedNs,
    },
    outputs,
    otherwise: { isBinary: read.binaryOutputs, classes: 0, region: undefined },
  };
}

/** A body that is one tensor and nothing else: the model says what it is. */
function rawCall({ model, body, startedNs, forwarded }: InferBody): InferCall {
  const input: InputTensor = { name: 'raw_input', datatype: 'UINT8', shape: [], bytes: body, isRaw: true };
  const request = {
    model,
    id: '',
    priority: 0n,
    timeoutUs: 0n,
    sequence: noSequence,
    parameters: new Map<string, Parameter>(forwarded),
    inputs: [input],
    outputs: [],
    startedNs,
  };
  return { request, outputs: new Map(), otherwise: { isBinary: true, classes: 0, region: undefined } };
}

/** 64-bit integers would lose digits in the fast reader, so a text with such digits is read the slow way. */
function readRoot(text: string): Json {
  const parsed = parseJson(text, { keepsBigIntegers: /\d{16}/.test(text) });
  return 'value' in parsed ? parsed.value : refuse('Internal', `failed to parse the request JSON buffer: ${parsed.says} at ${parsed.at}`);
}

type ReadParameters = Pick<InferRequest, 'priority' | 'timeoutUs' | 'sequence'> & {
  readonly parameters: Map<string, Parameter>;
  readonly binaryOutputs: boolean;
};

function readParameters(given: Json | undefined): ReadParameters {
  const read = { priority: 0n, timeoutUs: 0n, sequence: noSequence, parameters: new Map<string, Parameter>(), binaryOutputs: false };
  if (given === undefined) return read;
  if (!isMembers(given)) return refuse('Internal', 'failed to get request params.: attempt to get members for non-object');
  for (const [name, value] of Object.entries(given)) {
    if (name === 'timeout') read.timeoutUs = asUnsignedBig(value, name);
    else if (name === 'priority') read.priority = asUnsignedBig(value, name);
    else if (name === 'sequence_id') read.sequence = { ...read.sequence, id: sequenceId(value) };
    else if (name === 'sequence_start') read.sequence = { ...read.sequence, isStart: asBoolean(value, name) };
    else if (name === 'sequence_end') read.sequence = { ...read.sequence, isEnd: asBoolean(value, name) };
    else if (name === 'binary_data_output') read.binaryOutputs = asBoolean(value, name);
    else if (value === null || typeof value === 'object')
      refuse('Invalid argument', `parameter '${name}' has invalid type. It should be either 'int', 'bool', or 'string'.`);
    else addParameter(read.parameters, name, typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value);
  }
  return read;
}

/** A number, or else a text: so Triton tries them. */
const sequenceId = (value: Json): bigint | string => (isUnsigned(value) ? BigInt(value) : asString(value, 'sequence_id'));

/** The tensors behind the JSON, in the order of the inputs. */
class RawData {
  readonly #bytes: Buffer;
  readonly #model: string;
  #at = 0;

  constructor(bytes: Buffer, model: string) {
    this.#bytes = bytes;
    this.#model = model;
  }

  take(input: string, size: number): Uint8Array {
    const missing = this.#at + size - this.#bytes.length;
    if (missing > 0)
      refuse('Invalid argument', `unexpected size for input '${input}', expecting ${missing} additional bytes for model '${this.#model}'`);
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  requireAllTaken(): void {
    if (this.#at < this.#bytes.length) refuse('Invalid argument', `unexpected additional input data for model '${this.#model}'`);
  }
}

function readInput(input: Members, raw: RawData, memory: SharedMemory): InputTensor {
  requireOneSource(input);
  const parameters = membersOf(input.parameters);
  const name = asString(required(input, 'name'), 'name');
  const datatype = asString(required(input, 'datatype'), 'datatype');
  if (!isDatatype(datatype)) return refuse('Invalid argument', `invalid datatype for input ${name}`);
  const shape = asArray(required(input, 'shape'), 'shape').map((dim) => asUnsigned(dim, 'shape'));
  if (parameters.binary_data_size !== undefined) {
    return { name, datatype, shape, bytes: raw.take(name, asUnsigned(parameters.binary_data_size, 'binary_data_size')) };
  }
  const region = readRegion(parameters, memory);
  if (region) return { name, datatype, shape, bytes: memory.read(region.name, region.offset, region.size) };
  return { name, datatype, shape, bytes: readData(input, name, datatype, shape) };
}

function requireOneSource(input: Members): void {
  const parameters = membersOf(input.parameters);
  const set = [
    input.data !== undefined && "'data'",
    parameters.binary_data_size !== undefined && "'binary_data_size'",
    parameters.shared_memory_region !== undefined && "'shared_memory_region'",
  ].filter((name) => name !== false);
  if (set.length === 1) return;
  const fields = "'data', 'binary_data_size' in 'parameters', 'shared_memory_region' in 'parameters'";
  const found = set.length === 0 ? 'no field is set' : `set ${set.join(' ')}`;
  refuse('Invalid argument', `Input must set only one of the following fields: ${fields}. But ${found}`);
}

function readData(input: Members, name: string, datatype: Datatype, shape: readonly number[]): Uint8Array {
  if (datatype === 'FP16' || datatype === 'BF16')
    refuse('Invalid argument', `receiving ${datatype} data via JSON is not supported. Please use the binary data format for input ${name}`);
  const elements = shape.reduce((product, dim) => product * dim, 1);
  // Nobody looks at the data of a tensor without elements.
  if (elements === 0) return new Uint8Array();
  const data = asArray(input.data ?? null, 'data');
  const flat = data.some(Array.isArray) ? flatten(data) : data;
  const bytes = readElements(datatype, flat);
  // An empty shape is caught by the core, which knows what the model wants, and so are strings that are too few.
  const isShort = datatype === 'BYTES' && flat.length < elements;
  if (shape.length > 0 && !isShort && flat.length !== elements)
    refuse('Internal', "Unable to parse 'data': Shape does not match true shape of 'data' field");
  return bytes;
}

const flatten = (data: readonly Json[]): Json[] =>
  data.flatMap((item) => (Array.isArray(item) ? flatten(item as readonly Json[]) : [item]));

function readRegion(parameters: Members, memory: SharedMemory): WantedOutput['region'] {
  if (parameters.shared_memory_region === undefined) return undefined;
  const name = asString(parameters.shared_memory_region, 'shared_memory_region');
  const offset = parameters.shared_memory_offset === undefined ? 0 : asUnsigned(parameters.shared_memory_offset, 'shared_memory_offset');
  const size =
    parameters.shared_memory_byte_size === undefined ? 0 : asUnsigned(parameters.shared_memory_byte_size, 'shared_memory_byte_size');
  memory.requireWithin(name, offset, size);
  return { name, offset, size };
}

/** What a request says of all outputs counts only where it names none. */
function readOutputs(outputs: Json | undefined, memory: SharedMemory): Map<string, WantedOutput> {
  const wanted = new Map<string, WantedOutput>();
  for (const item of outputs === undefined ? [] : asArray(outputs, 'outputs')) {
    const output = membersOf(item);
    const name = asString(required(output, 'name'), 'name');
    const parameters = membersOf(output.parameters);
    const classes = parameters.classification === undefined ? 0 : asUnsigned(parameters.classification, 'classification', 'set');
    const region = readRegion(parameters, memory);
    if (region && parameters.classification !== undefined) refuseBoth('classification');
    const isBinary = parameters.binary_data !== undefined && asBoolean(parameters.binary_data, 'binary_data', region ? 'set' : 'parse');
    // A false one is what NVIDIA's own client sends beside a region.
    if (region && isBinary) refuseBoth('binary_data');
    wanted.set(name, { isBinary, classes, region });
  }
  return wanted;
}

const refuseBoth = (other: string): never => refuse('Invalid argument', `Output can't set both 'shared_memory_region' and '${other}'`);
