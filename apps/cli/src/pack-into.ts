import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '#core/base/digest.ts';
import { Fault } from '#core/base/fault.ts';
import { type Finding, formatFinding } from '#core/base/finding.ts';
import type { ModelName } from '#core/base/names.ts';
import type { Environment } from '#core/contract/policy.ts';
import { readEnvironment } from '#core/contract/read-environment.ts';
import { ociLayout } from '#adapters/registry/oci-layout.ts';
import { packFolder } from '#adapters/registry/pack-folder.ts';
import { type Home, named } from './home.ts';

export type PackedFolder = {
  readonly digest: Digest;
  readonly model: ModelName;
  readonly bytes: number;
  readonly isNew: boolean;
  readonly findings: readonly Finding[];
};

/** Packs a release folder and stores it in the home. Findings with errors, and nothing stored, when its pieces disagree. */
export async function packInto(
  home: Home,
  folder: string,
  { despiteDisagreements }: { despiteDisagreements: boolean },
): Promise<PackedFolder | { findings: readonly Finding[] }> {
  const environment = environmentOf(home);
  const registry = ociLayout(home.store);
  const before = existsSync(home.store) ? readdirSync(join(home.store, 'blobs', 'sha256')) : [];
  const packed = await packFolder(folder, { registry, despiteDisagreements, ...(environment === 'none' ? {} : { environment }) });
  if (!('digest' in packed)) return packed;
  const { release, digest, blobs, findings } = packed;
  const isNew = !before.includes(digest.slice('sha256:'.length));
  const bytes = [...blobs.values()].reduce((sum, blob) => sum + blob.length, 0);
  return { digest, model: release.model, bytes, isNew, findings };
}

/** A release that cannot run here is refused when it is packed; before the first `conch up` there is no here yet. */
function environmentOf({ environment: file }: Home): Environment | 'none' {
  if (!existsSync(file)) return 'none';
  const read = readEnvironment(readFileSync(file, 'utf8'), named(file));
  if ('environment' in read) return read.environment;
  throw new Fault('environment/unreadable', read.findings.map(formatFinding).join('\n'), { isRetryable: false });
}
