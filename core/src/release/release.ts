import { type Digest, digestOfValue } from '../base/digest.ts';
import type { GpuClass, ModelName } from '../base/names.ts';

/** A part that a model lacks is written `absent`, never left out. */
export type PartDigest = Digest | 'absent';

/** What a server is made of on one GPU class, and the OCI image manifest that carries its model repository under /models. */
export type ClassParts = {
  readonly artifact: Digest;
  readonly config: Digest;
  readonly runtime: Digest;
  readonly engine: PartDigest;
  readonly processing: PartDigest;
  readonly versions: readonly string[];
  readonly image: Digest;
};

/** `release.json`: the immutable set of all parts, plus contract and golden set. The config blob of the release's OCI manifest. */
export type Release = {
  readonly release: 'conch/v1';
  readonly model: ModelName;
  readonly contract: Digest;
  readonly golden: Digest;
  readonly route: Digest;
  readonly classes: Readonly<Record<GpuClass, ClassParts>>;
};

/** The six parts that move together, as a rollback moves and then verifies them. */
export const partNames = ['route', 'artifact', 'config', 'runtime', 'engine', 'processing'] as const;
export type PartName = (typeof partNames)[number];

/** The digest of what a server is made of; it names pools and proofs. Two releases that differ elsewhere share it. */
export function servingDigest(model: ModelName, gpuClass: GpuClass, parts: ClassParts): Digest {
  const { artifact, config, runtime, engine, processing, versions } = parts;
  return digestOfValue({ model, gpuClass, artifact, config, runtime, engine, processing, versions });
}
