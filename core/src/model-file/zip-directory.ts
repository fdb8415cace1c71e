import { type Asking, bytesOf, isUnseen } from '../base/asking.ts';
import { malformed, type Problem, tooMuch, truncated, unseen } from './problem.ts';

/** One file in a zip. Its bytes are read only when someone asks. */
export type ZipEntry = {
  readonly name: string;
  readonly size: number;
  readonly packedSize: number;
  readonly isStored: boolean;
  readonly isEncrypted: boolean;
  /** Where the file's own head begins. */
  readonly at: number;
};

const endBytes = 22;
const commentBytesMax = 65_535;
const entriesMax = 100_000;
const directoryBytesMax = 16 * 1024 * 1024;

/** The table at the end of a zip, also of one of more than 4 GiB. */
export function* readZipDirectory(file: string, size: number): Asking<readonly ZipEntry[] | Problem> {
  const tailFrom = Math.max(0, size - endBytes - commentBytesMax);
  // Almost no zip ends with a comment, so the last bytes alone are asked for first.
  for (const from of [Math.max(0, size - 4096), tailFrom]) {
    const tail = yield* bytesOf(file, from, size - from);
    if (isUnseen(tail)) return unseen(`its bytes could not be read: ${tail.unseen}`);
    const end = lastEnd(tail);
    if (end === undefined) continue;
    const where = yield* directoryAt(file, size, { view: viewOf(tail, end), at: from + end });
    return 'problem' in where ? where : yield* entriesOf(file, where);
  }
  return truncated('it is cut off: the table that a zip ends with is not there');
}

/** The bytes of an entry that is stored as it is; `undefined` when it is packed, encrypted or longer than `bytesMax`. */
export function* storedBytes(file: string, entry: ZipEntry, bytesMax: number): Asking<Uint8Array | undefined> {
  if (!entry.isStored || entry.isEncrypted || entry.size > bytesMax) return undefined;
  const head = yield* bytesOf(file, entry.at, 30);
  if (isUnseen(head) || head.length < 30) return undefined;
  const view = viewOf(head);
  if (view.getUint32(0, true) !== 0x04034b50) return undefined;
  const bytes = yield* bytesOf(file, entry.at + 30 + view.getUint16(26, true) + view.getUint16(28, true), entry.size);
  return isUnseen(bytes) || bytes.length < entry.size ? undefined : bytes;
}

type Where = { readonly from: number; readonly size: number };

function* directoryAt(file: string, size: number, { view, at }: { view: DataView; at: number }): Asking<Where | Problem> {
  const from = view.getUint32(16, true);
  const length = view.getUint32(12, true);
  if (from !== 0xffffffff && length !== 0xffffffff && view.getUint16(10, true) !== 0xffff) return within({ from, size: length }, at);
  const locator = at < 20 ? new Uint8Array(0) : yield* bytesOf(file, at - 20, 20);
  if (isUnseen(locator)) return unseen(`its bytes could not be read: ${locator.unseen}`);
  // A zip of just these sizes needs no second table.
  if (locator.length < 20 || viewOf(locator).getUint32(0, true) !== 0x07064b50) return within({ from, size: length }, at);
  const far = Number(viewOf(locator).getBigUint64(8, true));
  const end = far > size - 56 ? new Uint8Array(0) : yield* bytesOf(file, far, 56);
  if (isUnseen(end)) return unseen(`its bytes could not be read: ${end.unseen}`);
  if (end.length < 56 || viewOf(end).getUint32(0, true) !== 0x06064b50)
    return malformed('it is not a zip: its second table is not where it says');
  const wide = viewOf(end);
  return within({ from: Number(wide.getBigUint64(48, true)), size: Number(wide.getBigUint64(40, true)) }, at);
}

function within(where: Where, end: number): Where | Problem {
  if (where.from + where.size > end) return malformed('it is not a zip: its table is not where it says, so bytes before it are missing');
  return where.size > directoryBytesMax ? tooMuch(`its table takes ${where.size} bytes`) : where;
}

function* entriesOf(file: string, where: Where): Asking<readonly ZipEntry[] | Problem> {
  const bytes = yield* bytesOf(file, where.from, where.size);
  if (isUnseen(bytes)) return unseen(`its bytes could not be read: ${bytes.unseen}`);
  if (bytes.length < where.size) return unseen('it became shorter while it was read');
  const entries: ZipEntry[] = [];
  for (let at = 0; at < bytes.length; ) {
    const entry = entryAt(bytes, at);
    if (entry === undefined) return malformed('it is not a zip: what stands in its table is no entry');
    if (entries.length >= entriesMax) return tooMuch(`it holds more than ${entriesMax} files`);
    entries.push(entry.entry);
    at = entry.next;
  }
  return entries;
}

const utf8 = new TextDecoder();

function entryAt(bytes: Uint8Array, at: number): { readonly entry: ZipEntry; readonly next: number } | undefined {
  if (bytes.length - at < 46) return undefined;
  const view = viewOf(bytes, at);
  if (view.getUint32(0, true) !== 0x02014b50) return undefined;
  const nameEnd = at + 46 + view.getUint16(28, true);
  const extraEnd = nameEnd + view.getUint16(30, true);
  const next = extraEnd + view.getUint16(32, true);
  if (next > bytes.length) return undefined;
  const [size, packedSize, from] = wideNumbers(
    bytes.subarray(nameEnd, extraEnd),
    [24, 20, 42].map((place) => view.getUint32(place, true)),
  );
  return {
    entry: {
      name: utf8.decode(bytes.subarray(at + 46, nameEnd)),
      size: size ?? 0,
      packedSize: packedSize ?? 0,
      isStored: view.getUint16(10, true) === 0,
      isEncrypted: (view.getUint16(8, true) & 1) === 1,
      at: from ?? 0,
    },
    next,
  };
}

/** Numbers that do not fit into 32 bits stand in an extra field of kind 1, in this order, each only if it did not fit. */
function wideNumbers(extra: Uint8Array, numbers: readonly number[]): readonly number[] {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue;
    let from = at + 4;
    const end = Math.min(extra.length, from + view.getUint16(at + 2, true));
    return numbers.map((number) => {
      if (number !== 0xffffffff || from + 8 > end) return number;
      from += 8;
      return Number(view.getBigUint64(from - 8, true));
    });
  }
  return numbers;
}

function lastEnd(tail: Uint8Array): number | undefined {
  for (let at = tail.length - endBytes; at >= 0; at -= 1) {
    if (tail[at] !== 0x50 || tail[at + 1] !== 0x4b || tail[at + 2] !== 5 || tail[at + 3] !== 6) continue;
    // A comment that happens to hold the same four bytes does not reach just to the end.
    if (at + endBytes + viewOf(tail, at).getUint16(20, true) === tail.length) return at;
  }
  return undefined;
}

function viewOf(bytes: Uint8Array, from = 0): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset + from, bytes.length - from);
}
