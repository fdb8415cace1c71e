import type { Digest } from '../base/digest.ts';
import type { ModelConfigJson } from '../pbtxt/model-config.ts';

/** Where things are in a release's folder, and which part of the release each file of the model is. */
export const contractPath = 'contract.yaml';
export const goldenPath = 'golden.json';
export const routePath = 'route.json';
export const repositoryPath = 'repository';
export const configName = 'config.pbtxt';

/** One file of a part, by its path below the model's folder. */
export type PartFile = { readonly path: string; readonly digest: Digest; readonly size: number };

/** Labels go with the configuration that names them: both are small, and change without the weights. */
export function configPaths(config: ModelConfigJson): string[] {
  const labels = (config.output ?? []).flatMap(({ label_filename }) => (label_filename ? [label_filename] : []));
  return [...new Set([configName, ...labels])].sort();
}

/** The list whose canonical digest is the digest of a part. */
export function partFiles(files: readonly PartFile[]): PartFile[] {
  return files.map(({ path, digest, size }) => ({ path, digest, size })).sort((one, other) => (one.path < other.path ? -1 : 1));
}
