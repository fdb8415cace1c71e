import { assert } from '../base/fault.ts';

/** What a layer holds, in order. Folders come before what is in them. */
export type TarEntry = { readonly path: string; readonly bytes: Uint8Array };

/**
 * A tar of regular files and the folders above them. Equal entries give equal bytes, anywhere and at any time: sorted, no owner, no time,
 * one mode. (No library we found promises that.) USTAR, since nothing here needs more; `tarPathProblem` says what does not fit into it.
 */
export function tarOf(entries: readonly TarEntry[]): Uint8Array {
  const files = [...entries].sort((one, other) => (one.path < other.path ? -1 : 1));
  const folders = [...new Set(files.flatMap(({ path }) => foldersAbove(path)))];
  const blocks = new Map<string, Uint8Array[]>();
  for (const folder of folders) blocks.set(`${folder}/`, [header(`${folder}/`, 0)]);
  for (const { path, bytes } of files) blocks.set(path, [header(path, bytes.length), bytes, new Uint8Array(padding(bytes.length))]);
  // A folder's name ends in a slash and is a beginning of the names of what is in it, so that sorting puts it first.
  const sorted = [...blocks].sort(([one], [other]) => (one < other ? -1 : 1)).flatMap(([, parts]) => parts);
  return joined([...sorted, new Uint8Array(2 * blockBytes)]);
}

const blockBytes = 512;
const nameBytesMax = 100;
const prefixBytesMax = 155;
/** Eleven octal digits. */
const sizeMax = 8 ** 11 - 1;

/** Why a file does not fit into a layer, or 'none'. */
export function tarProblem(path: string, size: number): string | 'none' {
  if (!isSafePath(path)) return 'its path is not a plain path below the release';
  if (!splitName(path))
    return `its path is longer than ${nameBytesMax + prefixBytesMax} bytes, or one name in it longer than ${nameBytesMax}`;
  return size > sizeMax ? 'it is larger than 8 GiB' : 'none';
}

/** Relative, no empty part, no way out. What is unpacked from a tar never leaves the folder that it is unpacked into. */
export function isSafePath(path: string): boolean {
  return path !== '' && !/[\\\0]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function foldersAbove(path: string): string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

function header(path: string, size: number): Uint8Array {
  const block = new Uint8Array(blockBytes);
  const write = (text: string, at: number): void => block.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  const name = splitName(path);
  assert(name && size <= sizeMax, `tar: ${path} does not fit; ask tarProblem first`);
  write(name.name, 0);
  write(octal(path.endsWith('/') ? 0o755 : 0o644, 7), 100);
  write(octal(0, 7), 108);
  write(octal(0, 7), 116);
  write(octal(size, 11), 124);
  write(octal(0, 11), 136);
  write(path.endsWith('/') ? '5' : '0', 156);
  write('ustar\0' + '00', 257);
  write(name.prefix, 345);
  write(`${octal(checksum(block), 6)} `, 148);
  return block;
}

/** The sum of all bytes, with the checksum's own field taken as eight spaces. */
const checksum = (block: Uint8Array): number => block.reduce((sum, byte, index) => sum + (index >= 148 && index < 156 ? 0x20 : byte), 0);

function splitName(path: string): { name: string; prefix: string } | undefined {
  const bytes = (text: string): number => new TextEncoder().encode(text).length;
  if (bytes(path) <= nameBytesMax) return { name: path, prefix: '' };
  for (let slash = path.indexOf('/'); slash >= 0 && slash < path.length - 1; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (bytes(prefix) <= prefixBytesMax && bytes(name) <= nameBytesMax) return { name, prefix };
  }
  return undefined;
}

const padding = (size: number): number => (blockBytes - (size % blockBytes)) % blockBytes;

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What comes out of a tar, piece by piece: a file begins, its bytes follow. Folders need no mention: files name them. */
export type TarPiece =
  | { readonly is: 'file'; readonly path: string; readonly size: number }
  | { readonly is: 'bytes'; readonly bytes: Uint8Array };

/**
 * Reads a tar as its chunks come in, so that no layer has to fit into memory. Takes what `tarOf` writes and plain files and folders of
 * other packers; anything else (links, devices, long-name extensions, a path that leaves the folder) is refused by an Error.
 */
export class TarReader {
  #rest: Uint8Array = new Uint8Array(0);
  #bytesLeft = 0;
  #paddingLeft = 0;
  #hasEnded = false;

  *feed(chunk: Uint8Array): Iterable<TarPiece> {
    let bytes = this.#rest.length > 0 ? joined([this.#rest, chunk]) : chunk;
    while (!this.#hasEnded && bytes.length > 0) {
      if (this.#bytesLeft > 0) {
        const piece = bytes.subarray(0, this.#bytesLeft);
        this.#bytesLeft -= piece.length;
        bytes = bytes.subarray(piece.length);
        yield { is: 'bytes', bytes: piece };
      } else if (this.#paddingLeft > 0) {
        const skipped = Math.min(this.#paddingLeft, bytes.length);
        this.#paddingLeft -= skipped;
        bytes = bytes.subarray(skipped);
      } else if (bytes.length < blockBytes) {
        break;
      } else {
        const piece = this.#readHeader(bytes.subarray(0, blockBytes));
        bytes = bytes.subarray(blockBytes);
        if (piece) yield piece;
      }
    }
    this.#rest = this.#hasEnded ? new Uint8Array(0) : bytes.slice();
  }

  /** To be called after the last chunk: a tar that was cut off is an Error. */
  end(): void {
    if (!this.#hasEnded) throw new Error('the tar ends in the middle');
  }

  #readHeader(block: Uint8Array): TarPiece | undefined {
    if (block.every((byte) => byte === 0)) {
      this.#hasEnded = true;
      return undefined;
    }
    const text = (from: number, length: number): string =>
      new TextDecoder().decode(block.subarray(from, from + length)).replace(/\0[^]*$/, '');
    const octal = (from: number, length: number): number => Number.parseInt(text(from, length).trim() || '0', 8);
    if (octal(148, 8) !== checksum(block)) throw new Error('a header of the tar has a wrong checksum');
    const [name, prefix, type, size] = [text(0, 100), text(345, 155), text(156, 1), octal(124, 12)];
    const path = (prefix ? `${prefix}/${name}` : name).replace(/^\.\//, '');
    if (type === '5') return undefined;
    if (type !== '0' && type !== '') throw new Error(`the tar holds ${path}, which is neither a file nor a folder (type ${type})`);
    if (!isSafePath(path)) throw new Error(`the tar holds "${path}", a path that leaves the folder`);
    this.#bytesLeft = size;
    this.#paddingLeft = padding(size);
    return { is: 'file', path, size };
  }
}

/** All files of a tar that fits into memory. */
export function readTar(bytes: Uint8Array): TarEntry[] {
  const reader = new TarReader();
  const files: { path: string; parts: Uint8Array[] }[] = [];
  for (const piece of reader.feed(bytes)) {
    if (piece.is === 'file') files.push({ path: piece.path, parts: [] });
    else files.at(-1)?.parts.push(piece.bytes);
  }
  reader.end();
  return files.map(({ path, parts }) => ({ path, bytes: joined(parts) }));
}
