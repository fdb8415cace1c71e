import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { datatypeNames } from '../datatypes.ts';
import type { RawTensor } from '../instances/frames.ts';
import type { ControlSpec, SequenceSpec, StateSpec } from '../models/sequence-spec.ts';

/** What the controls say of one row of a batch. */
export type Flags = { readonly isStart: boolean; readonly isEnd: boolean; readonly isReady: boolean; readonly id: bigint | string };

/** The control inputs of one row, in the order of the configuration. `isBatched` puts a batch dimension before the one value. */
export function controlTensors(controls: readonly ControlSpec[], flags: Flags, isBatched: boolean): RawTensor[] {
  const shape = isBatched ? [1, 1] : [1];
  return controls.map((control) => ({ shape, bytes: control.kind === 'CORRID' ? idBytes(control, flags.id) : flagBytes(control, flags) }));
}

function flagBytes({ kind, datatype, values }: ControlSpec, { isStart, isEnd, isReady }: Flags): Uint8Array {
  const isOn = kind === 'START' ? isStart : kind === 'END' ? isEnd : isReady;
  const value = values[isOn ? 1 : 0];
  if (datatype === 'INT32') return bytesOf(Int32Array.of(value));
  return datatype === 'FP32' ? bytesOf(Float32Array.of(value)) : Uint8Array.of(value);
}

/** A textual id has its length before it, and Triton copies as much of that into a numeric control as there is room for. */
function idBytes({ datatype }: ControlSpec, id: bigint | string): Uint8Array {
  const width = datatypeNames[datatype].bytes;
  if (typeof id === 'bigint' && width !== undefined) return bytesOf(BigUint64Array.of(BigInt.asUintN(64, id))).slice(0, width);
  const text = Buffer.from(String(id));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  const whole = Buffer.concat([length, text]);
  return width === undefined ? whole : Buffer.concat([whole, Buffer.alloc(width)]).subarray(0, width);
}

const bytesOf = ({ buffer }: { readonly buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(buffer);

/** What a sequence starts with, in the order of the configuration, one row. An open size is one. */
export type States = readonly RawTensor[];

/** Reads the initial states of a model's folder. The configuration was checked: the files are there and long enough. */
export function readInitialStates({ states }: SequenceSpec, folder: string): States {
  return states.map((state) => {
    const shape = state.initialDims.map((dim) => (dim === -1 ? 1 : dim));
    return { shape, bytes: initialBytes(state, shape, folder) };
  });
}

function initialBytes({ datatype, initialFile }: StateSpec, shape: readonly number[], folder: string): Uint8Array {
  const elements = shape.reduce((product, dim) => product * dim, 1);
  if (initialFile === '') return new Uint8Array(elements * (datatypeNames[datatype].bytes ?? 4));
  const bytes = readFileSync(join(folder, 'initial_state', initialFile));
  const width = datatypeNames[datatype].bytes;
  return width === undefined ? bytes : bytes.subarray(0, elements * width);
}

export const stateRow = (tensor: RawTensor, isBatched: boolean): RawTensor =>
  isBatched ? { shape: [1, ...tensor.shape], bytes: tensor.bytes } : tensor;
