import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { normalForm } from '#core/model/normal-form.ts';
import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import { readConfig } from '#core/pbtxt/read-config.ts';

/** A model of the repository: with its effective configuration and the versions to load, or with the reason why it cannot be polled. */
export type Polled =
  | { readonly name: string; readonly folder: string; readonly config: ModelConfigJson; readonly versions: readonly string[] }
  | { readonly name: string; readonly problem: string };

/** Looks through a model repository once, as Triton polls it in control mode none. Throws when the folder cannot be read. */
export function pollRepository(repository: string): Polled[] {
  return readdirSync(repository, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith('.') && statSync(join(repository, entry.name)).isDirectory())
    .map(({ name }) => poll(name, join(repository, name)))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function poll(name: string, folder: string): Polled {
  const file = join(folder, 'config.pbtxt');
  if (!existsSync(file)) return { name, problem: `failed to open text file for read ${file}: No such file or directory` };
  const read = readConfig(readFileSync(file, 'utf8'), file);
  if ('findings' in read) {
    const [finding] = read.findings;
    const where = finding?.place.line === undefined ? '' : ` (${finding.place.line}:${finding.place.column ?? 1}: ${finding.says})`;
    return { name, problem: `failed to read text proto from ${file}${where}` };
  }
  const config = normalForm(read.config, { model: name, gpuClass: 'cpu' });
  if (config.name !== name) {
    return { name, problem: `unexpected directory name '${name}' for model '${config.name}', directory name must equal model name` };
  }
  const tooLarge = (config.dynamic_batching?.preferred_batch_size ?? []).some((size) => size > (config.max_batch_size ?? 0));
  if (tooLarge) return { name, problem: `dynamic batching preferred size must be <= max batch size for ${name}` };
  return { name, folder, config, versions: chosenVersions(config, versionsIn(folder)) };
}

function versionsIn(folder: string): number[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => /^(0|[1-9]\d*)$/.test(entry.name) && statSync(join(folder, entry.name)).isDirectory())
    .map((entry) => Number(entry.name))
    .sort((a, b) => b - a);
}

/** By the version policy; newest first in `there`. */
function chosenVersions({ version_policy: policy }: ModelConfigJson, there: readonly number[]): string[] {
  if (policy?.specific) {
    const wanted = new Set((policy.specific.versions ?? []).map(Number));
    return there.filter((version) => wanted.has(version)).map(String);
  }
  const count = policy?.all ? there.length : (policy?.latest?.num_versions ?? 1);
  return there.slice(0, count).map(String);
}
