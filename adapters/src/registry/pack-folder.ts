import { type Dirent, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { wordsOf } from '#core/base/fault.ts';
import { type Finding, hasError } from '#core/base/finding.ts';
import type { Registry } from '#core/ports/registry.ts';
import { leftovers } from '#core/release/leftovers.ts';
import { type Packed, type PackOptions, packRelease } from '#core/release/pack.ts';
import type { PackFile } from '#core/release/to-oci.ts';

/** Packs a folder (`contract.yaml route.json golden.json repository/<model>/...`) and stores the release. Findings name the files as they were found. */
export async function packFolder(
  folder: string,
  options: PackOptions & { readonly registry: Registry },
): Promise<Packed | { findings: Finding[] }> {
  const { files, findings } = readFolder(folder);
  if (hasError(findings)) return { findings };
  const packed = packRelease(files, options);
  const all = [
    ...findings,
    ...packed.findings.map((finding) => ({ ...finding, place: { ...finding.place, file: join(folder, finding.place.file) } })),
  ];
  if (!('digest' in packed)) return { findings: all };
  await options.registry.store(packed);
  return { ...packed, findings: all };
}

const fileBytesMax = 2 ** 31;
const totalBytesMax = 2 ** 32;
const filesMax = 10_000;

function readFolder(folder: string): { files: PackFile[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const finding = (code: Finding['code'], severity: Finding['severity'], path: string, says: string, fix?: string): void => {
    findings.push({ code, severity, place: { file: join(folder, path) }, says, ...(fix ? { fix } : {}) });
  };
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    finding('pack/no-folder', 'error', '', 'there is no such folder', 'name the folder that holds contract.yaml');
    return { files: [], findings };
  }

  const files: PackFile[] = [];
  let bytesLeft = totalBytesMax;
  for (const { path, entry } of entriesBelow(folder)) {
    if (leftovers.test(path)) {
      finding('pack/leftover', 'warning', path, 'it is left out: an editor or a tool made it', 'remove it');
    } else if (entry.isSymbolicLink()) {
      finding('pack/link', 'error', path, 'it is a link, and what it points at can change', 'put the file itself there');
    } else if (!entry.isFile()) {
      finding('pack/odd-file', 'error', path, 'it is neither a file nor a folder', 'remove it');
    } else if (files.length >= filesMax) {
      finding('pack/too-many', 'error', '', `it holds more than ${filesMax} files: is it the right folder?`);
      break;
    } else {
      const { size } = statSync(join(folder, path));
      bytesLeft -= size;
      if (size > fileBytesMax || bytesLeft < 0) {
        const says = `packing takes files of up to 2 GiB, and 4 GiB together; this one has ${(size / 2 ** 30).toFixed(1)} GiB`;
        finding('pack/too-large', 'error', path, says);
        break;
      }
      try {
        files.push({ path, bytes: new Uint8Array(readFileSync(join(folder, path))) });
      } catch (cause) {
        finding('pack/unreadable', 'error', path, wordsOf(cause));
      }
    }
  }
  return { files, findings };
}

/** Everything below a folder, sorted; what is below a leftover is not gone into. */
function* entriesBelow(root: string, folder: string = root): Iterable<{ path: string; entry: Dirent }> {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((one, other) => (one.name < other.name ? -1 : 1));
  for (const entry of entries) {
    const path = relative(root, join(folder, entry.name)).replaceAll('\\', '/');
    if (entry.isDirectory() && !leftovers.test(path)) yield* entriesBelow(root, join(folder, entry.name));
    else yield { path, entry };
  }
}
