import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import type { Conditions } from '#core/model/conditions.ts';
import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import { readConfigJson } from '#core/pbtxt/read-config-json.ts';
import type { LoadParameters } from '../server/inference-server.ts';

/** What a load brings along instead of what stands in the repository. */
export type Override = { readonly repository?: string; readonly config?: ModelConfigJson };

/** Reads a load's parameters, and writes the files that they bring into a folder of their own. Throws an Error in Triton's words. */
export function openOverride(model: string, { config, files }: LoadParameters, { triton }: Conditions): Override {
  if (config === undefined) {
    if (files && files.size > 0) throw new Error("Load parameter 'config' must be specified for model file override");
    return {};
  }
  const read = readConfigJson(config, triton);
  const hasFiles = files !== undefined && files.size > 0;
  if ('says' in read) throw new Error(hasFiles ? read.says : `Invalid config override: ${read.says}`);
  if (!hasFiles) return { config: read.config };
  const repository = mkdtempSync(join(tmpdir(), 'conch-override-'));
  const folder = join(repository, model);
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) {
    const path = join(folder, name);
    if (path !== folder && !path.startsWith(folder + sep)) throw new Error(outside(name));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, bytes);
  }
  return { repository, config: read.config };
}

/** Triton keeps the files in a folder of its own directly below the one for temporary files. */
const outside = (name: string): string =>
  `Invalid file parameter 'file:${name}' with normalized path '${join('/tmp/folder', name)}' must stay within model directory.`;
