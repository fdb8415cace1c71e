/** What Git keeps in place of a large file until `git lfs pull` brings it: a short text that names the file by its digest. */
export type LfsPointer = { readonly oid: string; readonly size: number };

/** A pointer is at most this long, by its specification. */
const pointerBytesMax = 1024;

/** The pointer that a whole file is, or `undefined` when it is something else. */
export function readLfsPointer(file: Uint8Array): LfsPointer | undefined {
  if (file.length > pointerBytesMax || !beginsWith(file, 'version https://')) return undefined;
  const lines = new Map(
    new TextDecoder()
      .decode(file)
      .split('\n')
      .map((line): [string, string] => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1).trim()]),
  );
  // Before 2015 the same text named hawser, which is what Git LFS was called then.
  const version = lines.get('version') ?? '';
  const oid = lines.get('oid') ?? '';
  const size = lines.get('size') ?? '';
  if (!/^https:\/\/(git-lfs|hawser)\.github\.com\/spec\/v1$/.test(version) || !/^sha256:[\da-f]{64}$/.test(oid)) return undefined;
  return /^\d{1,15}$/.test(size) ? { oid, size: Number(size) } : undefined;
}

/** Whether the bytes begin with this plain text. */
export function beginsWith(bytes: Uint8Array, text: string, from = 0): boolean {
  if (bytes.length < from + text.length) return false;
  for (let at = 0; at < text.length; at += 1) if (bytes[from + at] !== text.charCodeAt(at)) return false;
  return true;
}
