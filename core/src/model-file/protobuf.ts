import type { Asking } from '../base/asking.ts';
import { malformed, type Problem, tooMuch, truncated } from './problem.ts';
import { filled, jump, signedVarint, unsignedVarint, type Window, windowOn } from './protobuf-window.ts';

/** What becomes of the fields of a message: by number, what each is read as and where it goes. Fields not named are stepped over. */
export type Wanted<T> = { readonly [field: number]: Field<T>; readonly end?: (value: T) => void };

export type Field<T> =
  | { readonly as: 'text'; readonly take: (into: T, text: string) => void }
  | { readonly as: 'whole'; readonly take: (into: T, whole: number) => void }
  | { readonly as: 'hash'; readonly take: (into: T, hash: number) => void }
  | { readonly as: 'message'; readonly open: (parent: T) => Opened };

type Opened = { readonly wanted: Wanted<unknown>; readonly value: unknown };

/** A message that has begun; one that began as a group ends with its own tag. */
type Frame = Opened & { readonly end: number; readonly group?: number };

export const text = <T>(take: (into: T, text: string) => void): Field<T> => ({ as: 'text', take });

/** Each number of the field, packed or not; int32, int64, bool and enum alike. */
export const whole = <T>(take: (into: T, whole: number) => void): Field<T> => ({ as: 'whole', take });

/** Text that is only ever compared: `hashOf` its bytes. */
export const hash = <T>(take: (into: T, hash: number) => void): Field<T> => ({ as: 'hash', take });

/** A message within; `begin` gives what it is read into. Its shape is given by a function because shapes hold each other. */
export const inner = <T, U>(wanted: () => Wanted<U>, begin: (parent: T) => U): Field<T> => ({
  as: 'message',
  open: (parent) => ({ wanted: wanted() as Wanted<unknown>, value: begin(parent) }),
});

/** Protobuf's own limit, which every program that loads the file shares. */
const depthMax = 100;
const textBytesMax = 32 * 1024;
const textBytesSumMax = 8 * 1024 * 1024;
const fieldsMax = 4_000_000;
/** A tag and a length take at most ten bytes each. */
const headBytes = 20;

/** Reads a protobuf file into `value`. Bytes that nobody wants are jumped over, so that weights cost nothing. */
export function* readProtobuf<T>(file: string, size: number, wanted: Wanted<T>, value: T): Asking<Problem | undefined> {
  const window = windowOn(file, size);
  const spent: Spent = { fields: 0, textBytes: 0 };
  const frames: Frame[] = [];
  let top: Frame = { wanted: wanted as Wanted<unknown>, value, end: size };
  for (;;) {
    if (window.base + window.at >= top.end) {
      if (top.group !== undefined || window.base + window.at > top.end) return cutOff(frames.length === 0, size);
      top.wanted.end?.(top.value);
      const parent = frames.pop();
      if (parent === undefined) return undefined;
      top = parent;
      continue;
    }
    if (window.bytes.length - window.at < headBytes) {
      const failed = yield* filled(window, headBytes);
      if (failed) return failed;
    }
    spent.fields += 1;
    if (spent.fields > fieldsMax) return manyFields;
    const tag = unsignedVarint(window);
    const number = Math.floor(tag / 8);
    if (tag > 0xffffffff || number < 1) return notProtobuf(window);
    const field = top.wanted[number];
    switch (tag % 8) {
      case 0: {
        const held = signedVarint(window);
        if (held === undefined) return notProtobuf(window);
        if (field?.as === 'whole') field.take(top.value, held);
        break;
      }
      case 1:
        jump(window, window.base + window.at + 8);
        break;
      case 2: {
        const length = unsignedVarint(window);
        if (length < 0) return notProtobuf(window);
        const end = window.base + window.at + length;
        if (end > top.end) return cutOff(frames.length === 0, size);
        if (field === undefined) jump(window, end);
        else if (field.as === 'message') {
          frames.push(top);
          top = { ...field.open(top.value), end };
        } else {
          const failed =
            field.as === 'whole' ? yield* packed(window, end, field, top, spent) : yield* short(window, length, field, top, spent);
          if (failed) return failed;
        }
        break;
      }
      case 3:
        frames.push(top);
        top = { wanted: {}, value: undefined, end: top.end, group: number };
        break;
      case 4: {
        const parent = frames.pop();
        if (top.group !== number || parent === undefined) return notProtobuf(window);
        top = parent;
        break;
      }
      case 5:
        jump(window, window.base + window.at + 4);
        break;
      default:
        return notProtobuf(window);
    }
    if (frames.length > depthMax) return malformed(`its messages lie more than ${depthMax} deep, which protobuf refuses`);
  }
}

type Spent = { fields: number; textBytes: number };

/** Numbers one behind the other, without tags. */
function* packed<T>(
  window: Window,
  end: number,
  field: { readonly take: (into: T, whole: number) => void },
  top: { readonly value: T },
  spent: Spent,
): Asking<Problem | undefined> {
  while (window.base + window.at < end) {
    if (window.bytes.length - window.at < headBytes) {
      const failed = yield* filled(window, headBytes);
      if (failed) return failed;
    }
    spent.fields += 1;
    if (spent.fields > fieldsMax) return manyFields;
    const held = signedVarint(window);
    if (held === undefined || window.base + window.at > end) return notProtobuf(window);
    field.take(top.value, held);
  }
  return undefined;
}

/** A text, or the hash of one. */
function* short<T>(
  window: Window,
  length: number,
  field: Extract<Field<T>, { as: 'text' | 'hash' }>,
  top: { readonly value: T },
  spent: Spent,
): Asking<Problem | undefined> {
  if (length > textBytesMax) return tooMuch(`it holds ${length} bytes where a name belongs`);
  const failed = yield* filled(window, length);
  if (failed) return failed;
  const { bytes, at } = window;
  window.at += length;
  if (field.as === 'hash') {
    field.take(top.value, hashOf(bytes, at, at + length));
    return undefined;
  }
  spent.textBytes += length;
  if (spent.textBytes > textBytesSumMax) return tooMuch(`its names take more than ${textBytesSumMax} bytes`);
  field.take(top.value, textOf(bytes, at, at + length));
  return undefined;
}

const manyFields = tooMuch(`it has more than ${fieldsMax} fields`);

function notProtobuf(window: Window): Problem {
  return malformed(`it is not a protobuf: what stands before byte ${window.base + window.at} is no field`);
}

/** A part that is longer than what holds it. Only when the file itself holds it can it have been whole once. */
function cutOff(isOutermost: boolean, size: number): Problem {
  if (!isOutermost) return malformed('it is not a protobuf: a part of it is longer than the whole that it belongs to');
  return truncated(`it is cut off: its last part is longer than the ${size} bytes of the file`);
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Most names are short and plain, and quicker to join than to hand to a decoder. */
function textOf(bytes: Uint8Array, from: number, to: number): string {
  if (to - from > 24) return utf8.decode(bytes.subarray(from, to));
  let joined = '';
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte > 127) return utf8.decode(bytes.subarray(from, to));
    joined += String.fromCharCode(byte);
  }
  return joined;
}

/** 53 bits that stand for a text where only equality matters. */
export function hashOf(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ byte, 0x5bd1e995);
    high ^= high >>> 15;
  }
  return (low >>> 0) * 2 ** 21 + (high >>> 11);
}
