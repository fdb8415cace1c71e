import { type Dice, weighted } from '#core/base/dice.ts';
import { gzipSync } from 'node:zlib';
import { type Case, serverMark, type Step } from './case.ts';
import { bytesOf, type GoodInput, goodInfer } from './good-infer.ts';
import { bytes, double, entry, type Field, mutateFields, nested, packed, printFields, text, varint } from './wire-tree.ts';

const pathOf = (method: string): string => `/inference.GRPCInferenceService/${method}`;

/** One case over gRPC: an inference, a stream of them, or another method. */
export function grpcCase(dice: Dice): Case {
  return weighted(dice, [
    [12, unaryInfer],
    [5, streamInfer],
    [7, otherMethod],
    [1, sharedMemory],
  ])(dice);
}

function unaryInfer(dice: Dice): Case {
  const [fields, says] = inferFields(dice);
  const [body, spoilt] = framed(dice, [spoiltMessage(dice, printFields(fields))]);
  return { says: `ModelInfer: ${says}${spoilt}`, steps: [call(dice, 'ModelInfer', body)] };
}

/** Only what comes in order is sent: answers of decoupled models may come whenever they like. */
function streamInfer(dice: Dice): Case {
  const made = Array.from({ length: 1 + dice.below(4) }, () => inferFields(dice));
  const messages = made.map(([fields]) => spoiltMessage(dice, printFields(fields)));
  const [body, spoilt] = framed(dice, messages);
  return { says: `stream: ${made.map(([, says]) => says).join(' | ')}${spoilt}`, steps: [call(dice, 'ModelStreamInfer', body)] };
}

function call(dice: Dice, method: string, body: Buffer, headers: Record<string, string> = {}): Step {
  const odd: Record<string, string> = dice.chance(0.04) ? { 'grpc-timeout': dice.pick(['10S', '1H', '100000m']) } : {};
  if (dice.chance(0.03)) odd['triton_grpc_error'] = dice.pick(['true', 'false']);
  return { kind: 'grpc', path: pathOf(method), headers: { ...odd, ...headers }, body };
}

function inferFields(dice: Dice): readonly [Field[], string] {
  const good = goodInfer(dice);
  const isRaw = dice.chance(0.6) || good.model === 'types';
  const inputs = good.inputs.map((input) => nested(5, inputFields(dice, input, isRaw)));
  const isText = good.inputs.some(({ datatype, values }) => datatype === 'BYTES' || values.length === 0);
  const outputs = dice.chance(0.4) ? good.outputs.map((name) => nested(6, [text(1, name), ...outputParameters(dice, isText)])) : [];
  const fields = [
    text(1, dice.chance(0.96) ? good.model : dice.pick(['nope', 'unreadable', 'direct', ''])),
    ...(dice.chance(0.12) ? [text(2, dice.pick(['1', '2', '3', 'x', '01', ' 1', '1x', '-1', '0', '99999999999999999999']))] : []),
    ...(dice.chance(0.3) ? [text(3, dice.pick(['a', 'größer', '"', '']))] : []),
    ...(dice.chance(0.35) ? requestParameters(dice) : []),
    ...inputs,
    ...outputs,
    ...(isRaw ? good.inputs.map((input) => bytes(7, bytesOf(input))) : []),
  ];
  const count = dice.pick([0, 1, 1, 1, 2, 3]);
  const says = Array.from({ length: count }, () => mutateFields(dice, fields));
  return [fields, `${good.model} ${says.join(', ') || 'good'}`];
}

function inputFields(dice: Dice, input: GoodInput, isRaw: boolean): Field[] {
  const shape = dice.chance(0.7) ? [packed(3, input.shape)] : input.shape.map((dim) => varint(3, dim));
  const contents = isRaw ? [] : [nested(5, contentsOf(dice, input))];
  const parameters = dice.chance(0.05)
    ? [entry(4, dice.pick(['shared_memory_region', 'shared_memory_byte_size', 'x']), parameterOf(dice))]
    : [];
  return [text(1, input.name), text(2, input.datatype), ...shape, ...parameters, ...contents];
}

/** In the list for the datatype, mostly. */
function contentsOf(dice: Dice, { datatype, values }: GoodInput): Field[] {
  const list = dice.chance(0.9) ? (lists[datatype] ?? 6) : 1 + dice.below(8);
  if (list === 8) return values.map((value) => text(8, String(value)));
  if (list === 6) return [bytes(6, Buffer.from(new Float32Array(values.map(Number)).buffer))];
  if (list === 7) return [bytes(7, Buffer.from(new Float64Array(values.map(Number)).buffer))];
  return [
    packed(
      list,
      values.map((value) => BigInt(Math.trunc(Number(value)) || 0)),
    ),
  ];
}

const lists: Readonly<Record<string, number>> = {
  BOOL: 1,
  INT8: 2,
  INT16: 2,
  INT32: 2,
  INT64: 3,
  UINT8: 4,
  UINT16: 4,
  UINT32: 4,
  UINT64: 5,
  FP32: 6,
  FP64: 7,
  BYTES: 8,
};

/** Each choice of the oneof, and none. */
function parameterOf(dice: Dice): Field[] {
  return dice.pick<() => Field[]>([
    () => [varint(1, dice.below(2))],
    () => [varint(2, dice.pick([0, 1, 2, 3, -1, 8, 100, 10_000_000, 2n ** 63n - 1n]))],
    () => [text(3, dice.pick(['', 'x', '1', 'true', 'r', 'größe']))],
    () => [double(4, dice.pick([0, 1, 1.5, Number.NaN, -1e300]))],
    () => [varint(5, dice.pick([0, 1, 2n ** 64n - 1n]))],
    () => [],
    () => [varint(1, 1), text(3, 'both')],
  ])();
}

/** A real Triton dies of classes of strings and of empty tensors, so nobody asks for those. */
function outputParameters(dice: Dice, isText: boolean): Field[] {
  if (dice.chance(0.5)) return [];
  const names = [
    'shared_memory_region',
    'shared_memory_offset',
    'shared_memory_byte_size',
    'binary_data',
    'nope',
    ...(isText ? [] : ['classification', 'classification']),
  ];
  const name = dice.pick(names);
  return [entry(2, name, name === 'classification' && dice.chance(0.6) ? [varint(2, dice.pick([1, 2, 3, 100]))] : parameterOf(dice))];
}

function requestParameters(dice: Dice): Field[] {
  const names = [
    'priority',
    'timeout',
    'sequence_id',
    'sequence_start',
    'sequence_end',
    'own',
    'triton_x',
    'größe',
    '',
    'triton_enable_empty_final_response',
  ];
  return Array.from({ length: 1 + dice.below(2) }, () => entry(4, dice.pick(names), parameterOf(dice)));
}

function spoiltMessage(dice: Dice, message: Buffer): Buffer {
  if (dice.chance(0.85) || message.length === 0) return message;
  const at = dice.below(message.length);
  if (dice.chance(0.4)) return message.subarray(0, at);
  const copy = Buffer.from(message);
  copy[at] = dice.below(256);
  return copy;
}

/** Messages with their five bytes before each; now and then those lie. */
function framed(dice: Dice, messages: readonly Buffer[]): readonly [Buffer, string] {
  const frames = messages.map((message) => frame(message, message.length, 0));
  const good = Buffer.concat(frames);
  if (dice.chance(0.9)) return [good, ''];
  const [first = Buffer.alloc(0)] = messages;
  return dice.pick<() => readonly [Buffer, string]>([
    () => [good.subarray(0, dice.below(good.length + 1)), ', cut'],
    () => [frame(first, first.length + dice.pick([1, 100, 2 ** 31]), 0), ', a length too long'],
    () => [frame(first, Math.max(0, first.length - 1), 0), ', a length too short'],
    () => [frame(first, first.length, 1), ', called compressed'],
    () => [Buffer.concat([good, good]), ', doubled'],
    () => [Buffer.alloc(0), ', nothing'],
    () => [Buffer.concat([good, Buffer.from([0, 0])]), ', and two bytes'],
  ])();
}

function frame(message: Buffer, length: number, flag: number): Buffer {
  const head = Buffer.alloc(5);
  head[0] = flag;
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, message]);
}

/** All that changes nothing, or is put back. */
function otherMethod(dice: Dice): Case {
  const name = dice.pick(['flat', 'versions', 'nope', 'unreadable', 'pair', '', 'größe']);
  const version = dice.chance(0.5) ? [] : [text(2, dice.pick(['1', '2', '3', 'x', '01', ' 1', '0', '-1', '1x']))];
  const [method, fields] = dice.pick<readonly [string, Field[]]>([
    ['ServerLive', []],
    ['ServerReady', []],
    ['ServerMetadata', []],
    ['ModelReady', [text(1, name), ...version]],
    ['ModelMetadata', [text(1, name), ...version]],
    ['ModelConfig', [text(1, name), ...version]],
    ['ModelStatistics', [text(1, name), ...version]],
    ['RepositoryIndex', dice.chance(0.5) ? [] : [text(1, dice.pick(['', 'x'])), varint(2, dice.below(2))]],
    ['RepositoryModelLoad', [text(1, 'x'), text(2, 'flat')]],
    [
      'RepositoryModelLoad',
      [
        text(2, 'nope'),
        entry(
          3,
          dice.pick(['config', 'nope', 'file:1/x']),
          parameterOf(dice).filter(({ number }) => number < 4),
        ),
      ],
    ],
    [
      'RepositoryModelUnload',
      [
        text(2, 'nope'),
        entry(
          3,
          dice.pick(['unload_dependents', 'nope']),
          parameterOf(dice).filter(({ number }) => number < 4),
        ),
      ],
    ],
    ['SystemSharedMemoryStatus', [text(1, dice.pick(['', 'r']))]],
    ['SystemSharedMemoryUnregister', [text(1, dice.pick(['', 'r']))]],
    ['CudaSharedMemoryStatus', [text(1, dice.pick(['', 'r']))]],
    ['CudaSharedMemoryRegister', [text(1, 'r'), bytes(2, Buffer.alloc(dice.pick([0, 4, 64]))), varint(3, 0), varint(4, 8)]],
    ['CudaSharedMemoryUnregister', [text(1, dice.pick(['', 'r']))]],
    ['Nope', []],
  ]);
  const says = dice.chance(0.3) ? mutateFields(dice, fields) : 'good';
  // What was loaded must stay, and so the name of what is loaded or unloaded may not change.
  const isControl = method.startsWith('RepositoryModel');
  const message = isControl ? printFields(fields) : spoiltMessage(dice, printFields(fields));
  if (dice.chance(0.04)) {
    const zipped = gzipSync(message);
    return { says: `${method} compressed`, steps: [call(dice, method, frame(zipped, zipped.length, 1), { 'grpc-encoding': 'gzip' })] };
  }
  const [body, spoilt] = framed(dice, [message]);
  return { says: `${method}: ${says}${spoilt}`, steps: [call(dice, method, body)] };
}

function sharedMemory(dice: Dice): Case {
  const step = (method: string, fields: Field[]): Step => call(dice, method, frame(printFields(fields), printFields(fields).length, 0));
  const place = (number: number): Field[] => [
    entry(number, 'shared_memory_region', [text(3, dice.chance(0.9) ? 'r' : 'nope')]),
    ...(dice.chance(0.5) ? [entry(number, 'shared_memory_offset', [varint(2, dice.pick([0, 8, 56, 60, 64, -1]))])] : []),
    ...(dice.chance(0.9) ? [entry(number, 'shared_memory_byte_size', [varint(2, dice.pick([8, 8, 8, 4, 0, 64, 65, -1]))])] : []),
  ];
  const isIn = dice.chance(0.5);
  const input = [text(1, 'x'), text(2, 'FP32'), packed(3, [2]), ...(isIn ? place(4) : [])];
  const raw = isIn ? [] : [bytes(7, Buffer.from(new Float32Array([1, 2]).buffer))];
  return {
    says: 'shared memory over gRPC',
    steps: [
      step('SystemSharedMemoryRegister', [
        text(1, 'r'),
        text(2, `/${serverMark}`),
        varint(3, dice.pick([0, 0, 0, 8, 64])),
        varint(4, dice.pick([64, 64, 64, 8, 0, 65])),
      ]),
      step('ModelInfer', [text(1, 'flat'), nested(5, input), nested(6, [text(1, 'y'), ...place(2)]), ...raw]),
      step('SystemSharedMemoryStatus', []),
      step('SystemSharedMemoryUnregister', []),
    ],
  };
}
