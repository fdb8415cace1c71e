import { type Digest, digestOf } from '#core/base/digest.ts';
import { Fault } from '#core/base/fault.ts';
import type { Registry } from '#core/ports/registry.ts';
import type { ReleaseBlobs } from '#core/release/to-oci.ts';

/** A registry in memory, whose blobs a test may change or take away. */
export type MemoryRegistry = Registry & { readonly blobs: Map<Digest, Uint8Array> };

export function memoryRegistry(): MemoryRegistry {
  const blobs = new Map<Digest, Uint8Array>();
  const stored: Pick<ReleaseBlobs, 'digest' | 'release'>[] = [];
  const verified = (blob: Digest): Uint8Array => {
    const bytes = blobs.get(blob);
    if (!bytes) throw new Fault('registry/missing', `blob ${blob} is not in the registry`, { isRetryable: false });
    const digest = digestOf(bytes);
    if (digest !== blob) throw new Fault('artifact/corrupt', `blob ${blob} has the digest ${digest}`, { isRetryable: false });
    return bytes;
  };
  return {
    blobs,
    async store({ digest, release, blobs: more }) {
      for (const [blob, bytes] of more) blobs.set(blob, bytes);
      if (!stored.some((one) => one.digest === digest)) stored.push({ digest, release });
    },
    async fetch(blob, bytesMax) {
      const bytes = verified(blob);
      if (bytes.length > bytesMax)
        throw new Fault('artifact/corrupt', `blob ${blob} has more than ${bytesMax} bytes`, { isRetryable: false });
      return bytes;
    },
    async *stream(blob) {
      yield verified(blob);
    },
    async verify(blob) {
      verified(blob);
    },
    async releases(model) {
      return stored.filter(({ release }) => release.model === model).map(({ digest }) => digest);
    },
  };
}
