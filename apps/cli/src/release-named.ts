import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Digest, isDigest, short } from '#core/base/digest.ts';
import type { Finding } from '#core/base/finding.ts';
import type { ModelName } from '#core/base/names.ts';
import { ociLayout } from '#adapters/registry/oci-layout.ts';
import { mistake } from './findings.ts';
import { type Home, homeFlag } from './home.ts';
import { packInto } from './pack-into.ts';

/** The release that a person means by a digest, the beginning of one, or a folder that is packed first. */
export type NamedRelease = { readonly digest: Digest; readonly isPacked: boolean; readonly findings: readonly Finding[] };

const prefixDigits = 6;

export async function releaseNamed(
  home: Home,
  model: ModelName,
  typed: string,
  { despiteDisagreements }: { despiteDisagreements: boolean },
): Promise<NamedRelease | { findings: readonly Finding[] }> {
  const where = `conch promote ${model} ${typed}`;
  const isFolder = statSync(typed, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isFolder && existsSync(join(typed, 'contract.yaml'))) {
    const packed = await packInto(home, typed, { despiteDisagreements });
    if (!('digest' in packed)) return packed;
    if (packed.model === model) return { digest: packed.digest, isPacked: true, findings: packed.findings };
    return refusal(
      'release/other-model',
      where,
      `${typed} is a release of ${packed.model}, not of ${model}`,
      `conch promote ${packed.model} ${typed}`,
    );
  }

  const digests = await ociLayout(home.store).releases(model);
  const there = digests.length === 0 ? `pack one first: conch pack FOLDER${homeFlag(home)}` : `there are: ${digests.map(short).join(', ')}`;
  const hex = typed.replace(/^sha256:/, '').toLowerCase();
  if (!/^[0-9a-f]+$/.test(hex) || (hex.length < prefixDigits && !typed.startsWith('sha256:'))) {
    if (isFolder)
      return refusal(
        'release/no-contract',
        where,
        `the folder ${typed} has no contract.yaml, so it is no release`,
        'give the folder that holds contract.yaml',
      );
    if (/[/\\]/.test(typed))
      return refusal('release/no-folder', where, `there is no folder ${typed}`, `give a release folder, or a digest; ${there}`);
    const says = `"${typed}" is a name that can mean something else tomorrow; a release is addressed by its digest alone`;
    return refusal('release/mutable', where, says, there);
  }
  if (isDigest(`sha256:${hex}`) && digests.includes(`sha256:${hex}`)) return { digest: `sha256:${hex}`, isPacked: false, findings: [] };
  if (hex.length < prefixDigits)
    return refusal('release/too-short', where, `${hex} is too short to be sure`, `give at least ${prefixDigits} digits; ${there}`);
  const [found, ...others] = digests.filter((digest) => digest.startsWith(`sha256:${hex}`));
  if (found === undefined) return refusal('release/unknown', where, `the store has no release of ${model} that begins with ${hex}`, there);
  if (others.length > 0) {
    return refusal(
      'release/ambiguous',
      where,
      `${others.length + 1} releases begin with ${hex}`,
      `give more of it: ${[found, ...others].join(', ')}`,
    );
  }
  return { digest: found, isPacked: false, findings: [] };
}

function refusal(code: Finding['code'], where: string, says: string, fix: string): { findings: Finding[] } {
  return { findings: [mistake(code, where, says, fix)] };
}
