import { canonicalJson, type Digest, digestOf } from '../base/digest.ts';
import type { ModelConfigJson } from '../pbtxt/model-config.ts';

/** Where things are in a release's folder. */
export const contractPath = 'contract.yaml';
export const goldenPath = 'golden.json';
export const routePath = 'route.json';
export const repositoryPath = 'repository';
export const configName = 'config.pbtxt';

/** Where the model repository is in a release's images. */
export const imageRepositoryPath = 'models';

/** One file of a part, by its path below the model's folder. */
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

/** Labels go with the configuration that names them: both are small, and change without the weights. */
export function configPaths(config: ModelConfigJson): string[] {
  const labels = (config.output ?? []).flatMap(({ label_filename }) => (label_filename ? [label_filename] : []));
  return [...new Set([configName, ...labels])].sort();
}

/** A TensorRT engine is part of the artifact, and a part of its own: it fits one GPU class and one runtime only. */
export function enginePaths(paths: readonly string[]): string[] {
  return paths.filter((path) => path.endsWith('.plan'));
}
