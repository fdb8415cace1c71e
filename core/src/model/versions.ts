import type { ModelConfigJson } from '../pbtxt/model-config.ts';

/**
 * The versions that Triton serves out of a model's folders: decimal names only, since a release holds nothing that depends on how
 * Triton reads an odd one (it takes `1-old` for 1). Numbers as text, smallest first.
 */
export function servedVersions(config: ModelConfigJson, folders: readonly string[]): string[] {
  const versions = folders.filter(isVersion).sort((one, other) => Number(one) - Number(other));
  const { latest, specific } = config.version_policy ?? { latest: { num_versions: 1 } };
  if (specific) return versions.filter((version) => (specific.versions ?? []).map(String).includes(version));
  if (latest) return latest.num_versions ? versions.slice(-latest.num_versions) : [];
  return versions;
}

export const isVersion = (folder: string): boolean => /^(0|[1-9]\d*)$/.test(folder);
