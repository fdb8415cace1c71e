import { closeSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { framesFrom } from './blocking-frames.ts';
import { decodeTensors, encodeFrame, encodeTensors, type Frame, type FrameKind, frameKinds, type RawTensor } from './frames.ts';

/**
 * One model instance: ONNX Runtime in a process of its own, because its calls block and cannot be stopped but by ending the process.
 * It talks with the runtime over the socket that it was born with (descriptor 3), and ends when that socket closes. Descriptor 4 it closes
 * when it is ready for that.
 */
export type LoadOrder = {
  readonly file: string;
  readonly threads: number;
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
};
export type OnnxTensor = { readonly name: string; readonly type: string };

/** What the model file says of a tensor; -1 is any size. */
export type OnnxShape = OnnxTensor & { readonly shape: readonly number[] };
export type Loaded = { readonly inputs: readonly OnnxShape[]; readonly outputs: readonly OnnxShape[] };

// The binding reads half floats from 16-bit integers alone, and its own library hands it Float16Array where there is one. This process is theirs.
Reflect.deleteProperty(globalThis, 'Float16Array');

const socket = 3;
let session: InferenceSession | undefined;
/** Inputs that ONNX Runtime asks for, and those of them that have no dimensions. */
let required: ReadonlySet<string> = new Set();
let scalars: ReadonlySet<string> = new Set();
let order: LoadOrder = { file: '', threads: 1, inputs: [], outputs: [] };
const bell = new Int32Array(new SharedArrayBuffer(4));

// The runtime decides when an instance ends; a Ctrl-C reaches the whole group and must not cut off requests under way.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

async function done({ kind, body }: Frame): Promise<[FrameKind, Buffer]> {
  try {
    if (kind === frameKinds.run) return [frameKinds.ran, await run(decodeTensors(body))];
    return [frameKinds.loaded, Buffer.from(JSON.stringify(await load(JSON.parse(body.toString()) as LoadOrder)))];
  } catch (thrown) {
    return [frameKinds.failed, Buffer.from(thrown instanceof Error ? thrown.message : String(thrown))];
  }
}

function answer(call: number, kind: FrameKind, body: Buffer): void {
  const frame = encodeFrame(kind, call, body);
  for (let written = 0; written < frame.length; ) written += writeSync(socket, frame, written);
}

async function load(ordered: LoadOrder): Promise<Loaded> {
  order = ordered;
  // One thread: ONNX Runtime's own choice wins on an idle machine and loses much on a busy one.
  session = await InferenceSession.create(ordered.file, {
    intraOpNumThreads: ordered.threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    executionProviders: ['cpu'],
  });
  const loaded = { inputs: session.inputMetadata.map(shapeOf), outputs: session.outputMetadata.map(shapeOf) };
  required = new Set(loaded.inputs.map(({ name }) => name));
  // Strings go with the shape that they come with.
  scalars = new Set(loaded.inputs.filter(({ shape, type }) => shape.length === 0 && type !== 'string').map(({ name }) => name));
  return loaded;
}

function shapeOf(metadata: InferenceSession.ValueMetadata): OnnxShape {
  if (!metadata.isTensor) return { name: metadata.name, type: 'not a tensor', shape: [] };
  return { name: metadata.name, type: metadata.type, shape: metadata.shape.map((dim) => (typeof dim === 'number' ? dim : -1)) };
}

async function run({ tensors: inputs, timings: least }: ReturnType<typeof decodeTensors>): Promise<Buffer> {
  if (!session) throw new Error('no model has been loaded');
  const feeds: Record<string, Tensor> = {};
  for (const [index, { name, type }] of order.inputs.entries()) {
    const input = inputs[index];
    if (!input) continue;
    if (!required.has(name))
      throw new Error(`'${name}' is no input of the model, or has a value there, which conch-embedded cannot replace and tritonserver can`);
    feeds[name] = toTensor(type, scalars.has(name) ? firstOf(input) : input);
  }
  const started = process.hrtime.bigint();
  const results = await session.run(
    feeds,
    order.outputs.map(({ name }) => name),
  );
  waitFor(least.inferNs - Number(process.hrtime.bigint() - started));
  const ran = process.hrtime.bigint();
  const outputs = order.outputs.map(({ name, type }) => fromTensor(name, type, results[name]));
  return encodeTensors(outputs, { inferNs: Number(ran - started), outputNs: Number(process.hrtime.bigint() - ran) });
}

/** To take as long as the configuration wants to rehearse; nothing else is to be done here meanwhile, and timers are too coarse. */
function waitFor(leftNs: number): void {
  if (leftNs > 0) Atomics.wait(bell, 0, 0, leftNs / 1e6);
}

/** What is given as one value or more goes to a model that takes a scalar. */
function firstOf({ shape, bytes }: RawTensor): RawTensor {
  const count = shape.reduce((product, dim) => product * dim, 1);
  return { shape: [], bytes: bytes.subarray(0, bytes.length / count) };
}

function toTensor(type: string, { shape, bytes }: RawTensor): Tensor {
  const { buffer, byteLength } = bytes;
  switch (type) {
    case 'float32':
      return new Tensor(type, new Float32Array(buffer, 0, byteLength / 4), shape);
    case 'float64':
      return new Tensor(type, new Float64Array(buffer, 0, byteLength / 8), shape);
    case 'int8':
      return new Tensor(type, new Int8Array(buffer, 0, byteLength), shape);
    case 'uint8':
    case 'bool':
      return new Tensor(type, bytes, shape);
    case 'int16':
      return new Tensor(type, new Int16Array(buffer, 0, byteLength / 2), shape);
    case 'uint16':
    case 'float16':
      return new Tensor(type, new Uint16Array(buffer, 0, byteLength / 2), shape);
    case 'int32':
      return new Tensor(type, new Int32Array(buffer, 0, byteLength / 4), shape);
    case 'uint32':
      return new Tensor(type, new Uint32Array(buffer, 0, byteLength / 4), shape);
    case 'int64':
      return new Tensor(type, new BigInt64Array(buffer, 0, byteLength / 8), shape);
    case 'uint64':
      return new Tensor(type, new BigUint64Array(buffer, 0, byteLength / 8), shape);
    case 'string':
      return new Tensor(type, toStrings(Buffer.from(buffer)), shape);
    default:
      throw new Error(`ONNX Runtime takes no tensor of type ${type}`);
  }
}

function toStrings(bytes: Buffer): string[] {
  const strings: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 4 + bytes.readUInt32LE(at);
    strings.push(textOf(bytes.subarray(at + 4, end)));
    at = end;
  }
  return strings;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** ONNX Runtime in Node takes strings of JavaScript, and cuts them off at a zero: what would not come back as it went in is refused. */
function textOf(bytes: Buffer): string {
  if (bytes.includes(0)) throw new Error('conch-embedded takes no strings with a zero byte in them');
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Error('conch-embedded takes strings of valid UTF-8 only');
  }
}

function fromTensor(name: string, type: string, result: InferenceSession.OnnxValueMapType[string] | undefined): RawTensor {
  if (!(result instanceof Tensor)) throw new Error(`the model gave no tensor '${name}'`);
  if (result.type !== type) throw new Error(`the model gave '${name}' as ${result.type}, not as ${type}`);
  const { data } = result;
  if (!Array.isArray(data)) {
    const { buffer, byteOffset, byteLength } = data as Float32Array;
    return { shape: result.dims, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
  }
  const elements = data.flatMap((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length);
    return [length, bytes];
  });
  return { shape: result.dims, bytes: Buffer.concat(elements) };
}

closeSync(4);
try {
  // One call at a time; the runtime sends the next one when it has the answer.
  for (const frame of framesFrom(socket)) {
    answer(frame.call, ...(await done(frame)));
    // It is written when a process ends, and most of these are killed.
    if (frame.kind === frameKinds.load) flushCompileCache();
  }
} catch (thrown) {
  // The runtime has gone.
  if (!['EPIPE', 'ECONNRESET'].includes((thrown as NodeJS.ErrnoException).code ?? '')) throw thrown;
}
process.exit(0);
