import { type Asking, bytesOf, isUnseen } from '../base/asking.ts';
import { type Problem, tooMuch, unseen } from './problem.ts';

/** The part of a file that is in memory, and where in it the reader stands. What lies between two parts is never asked for. */
export type Window = {
  readonly file: string;
  readonly size: number;
  bytes: Uint8Array;
  /** Where in the file `bytes` begins. */
  base: number;
  /** Where in `bytes` the reader stands. */
  at: number;
  /** How much is asked for next: little after a jump, twice as much each time that reading goes straight on. */
  ahead: number;
  asks: number;
};

const aheadMin = 4 * 1024;
const aheadMax = 64 * 1024;
/** Enough for every weight of a model of 2 GB, and an end for a file that is made to be read for ever. */
const asksMax = 40_000;

export function windowOn(file: string, size: number): Window {
  return { file, size, bytes: new Uint8Array(0), base: 0, at: 0, ahead: aheadMax, asks: 0 };
}

/** Makes sure that `count` bytes from here on are in memory, or all that the file has. */
export function* filled(window: Window, count: number): Asking<Problem | undefined> {
  const from = window.base + window.at;
  const needed = Math.min(count, window.size - from);
  if (window.bytes.length - window.at >= needed) return undefined;
  window.asks += 1;
  if (window.asks > asksMax) return tooMuch('it has more parts than are read here');
  const seen = yield* bytesOf(window.file, from, Math.min(Math.max(needed, window.ahead), window.size - from));
  if (isUnseen(seen)) return unseen(`its bytes could not be read: ${seen.unseen}`);
  if (seen.length < needed) return unseen('it became shorter while it was read');
  Object.assign(window, { bytes: seen, base: from, at: 0, ahead: Math.min(window.ahead * 2, aheadMax) });
  return undefined;
}

/** Goes on at a place in the file, without reading what is between. */
export function jump(window: Window, to: number): void {
  const at = to - window.base;
  if (at <= window.bytes.length) window.at = at;
  else Object.assign(window, { bytes: window.bytes.subarray(0, 0), base: to, at: 0, ahead: aheadMin });
}

/** A varint without sign; -1 when there is none. Past 2^53 it is no longer exact, and far more than any length or tag may be. */
export function unsignedVarint(window: Window): number {
  const { bytes } = window;
  let value = 0;
  let scale = 1;
  for (let count = 0; count < 10; count += 1, scale *= 128) {
    const byte = bytes[window.at];
    if (byte === undefined) return -1;
    window.at += 1;
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
  return -1;
}

/** A varint as int64, exact within 2^53; `undefined` when there is none. */
export function signedVarint(window: Window): number | undefined {
  const { bytes } = window;
  let low = 0;
  let high = 0;
  for (let count = 0, scale = 1; count < 10; count += 1, scale *= 128) {
    const byte = bytes[window.at];
    if (byte === undefined) return undefined;
    window.at += 1;
    if (count === 7) scale = 1;
    if (count < 7) low += (byte & 127) * scale;
    else high += (byte & 127) * scale;
    if (byte < 128) break;
    if (count === 9) return undefined;
  }
  // Seven groups of seven bits are in `low`; of the fifteen bits above them the last is the sign.
  high %= 2 ** 15;
  return low + (high >= 2 ** 14 ? high - 2 ** 15 : high) * 2 ** 49;
}
