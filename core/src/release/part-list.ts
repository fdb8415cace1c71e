import { canonicalJson, type Digest, digestOf } from '../base/digest.ts';

/** One file of a part, by its path in the repository: its model's folder comes first. */
export type PartFile = { readonly path: string; readonly digest: Digest; readonly size: number };

/**
 * The list whose digest is the digest of a part. It travels with the release as a blob of that very digest, so that whoever finds a
 * part changed can say which file it was.
 */
export function partList(files: readonly PartFile[]): Uint8Array {
  const sorted = files.map(({ path, digest, size }) => ({ path, digest, size })).sort((one, other) => (one.path < other.path ? -1 : 1));
  return new TextEncoder().encode(canonicalJson(sorted));
}

export function partDigest(files: readonly PartFile[]): Digest {
  return digestOf(partList(files));
}
