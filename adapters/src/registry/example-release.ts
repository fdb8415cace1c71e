import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bug } from '#core/base/fault.ts';
import { formatFinding } from '#core/base/finding.ts';
import { type Packed, packRelease } from '#core/release/pack.ts';
import type { PackFile } from '#core/release/to-oci.ts';

/** A release of the digits example, packed, with its bytes changed by `edit` when that is given; or, by `reviews/a`, of another example. For tests. */
export function exampleRelease(name: string, edit: (files: PackFile[]) => PackFile[] = (files) => files): Packed {
  const folder = exampleFolder(name);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path: relative(folder, path).replaceAll('\\', '/'), bytes: new Uint8Array(readFileSync(path)) }));
  const packed = packRelease(edit(files), { despiteDisagreements: true });
  if (!('digest' in packed)) throw new Bug(`the example ${name} does not pack: ${packed.findings.map(formatFinding).join('\n')}`);
  return packed;
}

export function exampleFolder(name: string): string {
  const [release = '', example = 'digits'] = name.split('/').reverse();
  return fileURLToPath(new URL(`../../../examples/${example}/releases/${release}`, import.meta.url));
}
