import { type ExactJson, parseExactJson } from '#core/kserve/exact-json.ts';
import type { Datatype } from '#core/kserve/tensor.ts';
import { isDatatype } from '../datatypes.ts';
import { noSequence, requireOwn } from '../server/infer-parameters.ts';
import type { InferRequest, InputTensor, ModelRef, Parameter, SharedMemory } from '../server/inference-server.ts';
import { InputNames } from '../server/input-names.ts';
import { refuse } from '../server/refused.ts';
import {
  asArray,
  asBoolean,
  asParameter,
  asString,
  asUnsigned,
  asUnsignedBig,
  isInteger,
  isMembers,
  type Members,
  membersOf,
  required,
} from './json-words.ts';
import { readTensor } from './tensor-json.ts';

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
  /** How many bytes of it are JSON; 0 for none, and the body is one raw tensor. */
  readonly headLength: number;
  /** Headers that are forwarded. */
  readonly forwarded: ReadonlyMap<string, string>;
  readonly startedNs: bigint;
};

/** Reads an inference request, in Triton's order and words. Throws Refused. */
export function readInfer(given: InferBody, memory: SharedMemory): InferCall {
  const { body, headLength } = given;
  if (headLength === 0) return rawCall(given);
  const head = body.toString('latin1', 0, headLength);
  const root = membersOf(readRoot(head));
  const id = root.id === undefined ? '' : asString(root.id, 'id');
  const read = readParameters(root.parameters);
  for (const [name, value] of given.forwarded) read.parameters.set(name, value);
  const names = new InputNames(id);
  const raw = new RawData(body.subarray(headLength), given.model.name);
  const inputs = asArray(required(root, 'inputs'), 'inputs').map((item) => readInput(membersOf(item), { names, raw, memory }));
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

function readRoot(text: string): ExactJson {
  const parsed = parseExactJson(text);
  return 'value' in parsed ? parsed.value : refuse('Internal', `failed to parse the request JSON buffer: ${parsed.says} at ${parsed.at}`);
}

type ReadParameters = Pick<InferRequest, 'priority' | 'timeoutUs' | 'sequence'> & {
  readonly parameters: Map<string, Parameter>;
  readonly binaryOutputs: boolean;
};

function readParameters(given: ExactJson | undefined): ReadParameters {
  const read = { priority: 0n, timeoutUs: 0n, sequence: noSequence, parameters: new Map<string, Parameter>(), binaryOutputs: false };
  if (given === undefined) return read;
  if (!isMembers(given)) return refuse('Internal', 'failed to get request params.: attempt to get members for non-object');
  for (const [name, value] of Object.entries(given)) {
    requireOwn(name);
    if (name === 'timeout') read.timeoutUs = asUnsignedBig(value, name);
    else if (name === 'priority') read.priority = asUnsignedBig(value, name);
    else if (name === 'sequence_id') read.sequence = { ...read.sequence, id: sequenceId(value) };
    else if (name === 'sequence_start') read.sequence = { ...read.sequence, isStart: asBoolean(value, name) };
    else if (name === 'sequence_end') read.sequence = { ...read.sequence, isEnd: asBoolean(value, name) };
    else if (name === 'binary_data_output') read.binaryOutputs = asBoolean(value, name);
    else read.parameters.set(name, asParameter(value, name));
  }
  return read;
}

/** A number, or else a text: so Triton tries them. */
const sequenceId = (value: ExactJson): bigint | string => (isInteger(value) && value >= 0 ? BigInt(value) : asString(value, 'sequence_id'));

/** The tensors behind the JSON, in the order of the inputs. */
class RawData {
  readonly #bytes: Buffer;
  readonly #model: string;
  #at = 0;

  constructor(bytes: Buffer, model: string) {
    this.#bytes = bytes;
    this.#model = model;
  }

  take(input: string, size: bigint): Uint8Array {
    const missing = BigInt(this.#at - this.#bytes.length) + size;
    if (missing > 0n)
      refuse('Invalid argument', `unexpected size for input '${input}', expecting ${missing} additional bytes for model '${this.#model}'`);
    const from = this.#at;
    this.#at += Number(size);
    return this.#bytes.subarray(from, this.#at);
  }

  requireAllTaken(): void {
    if (this.#at < this.#bytes.length) refuse('Invalid argument', `unexpected additional input data for model '${this.#model}'`);
  }
}

type Context = { readonly names: InputNames; readonly raw: RawData; readonly memory: SharedMemory };

function readInput(input: Members, { names, raw, memory }: Context): InputTensor {
  requireOneSource(input);
  const parameters = membersOf(input.parameters);
  const name = asString(required(input, 'name'), 'name');
  const written = asString(required(input, 'datatype'), 'datatype');
  // One that Triton does not know is refused when the model has been found, or when JSON is to be read as such.
  const datatype = isDatatype(written) ? written : undefined;
  const shape = asArray(required(input, 'shape'), 'shape').map((dim) => asUnsigned(dim, 'shape'));
  names.add(name);
  if (parameters.binary_data_size !== undefined) {
    return { name, datatype, shape, bytes: raw.take(name, asUnsignedBig(parameters.binary_data_size, 'binary_data_size')) };
  }
  const region = readRegion(parameters);
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

function readData(input: Members, name: string, datatype: Datatype | undefined, shape: readonly number[]): Uint8Array {
  const elements = shape.reduce((product, dim) => product * dim, shape.length === 0 ? 0 : 1);
  // Nobody looks at the data of a tensor that has no place for any. An empty shape counts as one: the core knows what the model wants.
  if (elements === 0) return new Uint8Array();
  const data = asArray(input.data ?? null, 'data');
  if (datatype === undefined) return refuse('Invalid argument', `invalid datatype for input ${name}`);
  return readTensor(name, datatype, data, elements);
}

function readRegion(parameters: Members): WantedOutput['region'] {
  if (parameters.shared_memory_region === undefined) return undefined;
  const name = asString(parameters.shared_memory_region, 'shared_memory_region');
  const whole = (member: 'shared_memory_offset' | 'shared_memory_byte_size'): number =>
    parameters[member] === undefined ? 0 : asUnsigned(parameters[member], member);
  return { name, offset: whole('shared_memory_offset'), size: whole('shared_memory_byte_size') };
}

/** What a request says of all outputs counts only where it names none. */
function readOutputs(outputs: ExactJson | undefined, memory: SharedMemory): Map<string, WantedOutput> {
  const wanted = new Map<string, WantedOutput>();
  for (const item of outputs === undefined ? [] : asArray(outputs, 'outputs')) {
    const output = membersOf(item);
    const name = asString(required(output, 'name'), 'name');
    const parameters = membersOf(output.parameters);
    const classes = parameters.classification === undefined ? 0 : asUnsigned(parameters.classification, 'classification', 'set');
    const region = readRegion(parameters);
    // A region that is not there is told before the model runs.
    if (region) memory.requireWithin(region.name, region.offset, region.size);
    if (region && parameters.classification !== undefined) refuseBoth('classification');
    const isBinary = parameters.binary_data !== undefined && asBoolean(parameters.binary_data, 'binary_data', region ? 'set' : 'parse');
    // A false one is what NVIDIA's own client sends beside a region.
    if (region && isBinary) refuseBoth('binary_data');
    wanted.set(name, { isBinary, classes, region });
  }
  return wanted;
}

const refuseBoth = (other: string): never => refuse('Invalid argument', `Output can't set both 'shared_memory_region' and '${other}'`);
