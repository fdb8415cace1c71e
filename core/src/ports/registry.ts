import type { Digest } from '../base/digest.ts';
import type { ModelName } from '../base/names.ts';
import type { ReleaseBlobs } from '../release/to-oci.ts';

/**
 * Releases by digest, and by nothing else. Every byte that comes out was verified; a changed one is a Fault `artifact/corrupt`, one that
 * is not there `registry/missing`, a registry that cannot be asked `registry/unavailable` (the only one worth a retry).
 */
export type Registry = {
  /** Durable before it returns. Storing the same release again mends what was damaged, and changes nothing else. */
  store(release: ReleaseBlobs): Promise<void>;
  /** A whole blob of at most `bytesMax`. */
  fetch(blob: Digest, bytesMax: number): Promise<Uint8Array>;
  /** A blob of any size, chunk by chunk. Whoever reads it trusts none of it before the last chunk came without a Fault. */
  stream(blob: Digest): AsyncIterable<Uint8Array>;
  /** Throws unless the blob is there with its own digest. Cheap for a blob that did not change since it was asked for last. */
  verify(blob: Digest): Promise<void>;
  /** In the order in which they were stored. */
  releases(model: ModelName): Promise<Digest[]>;
};
