import type { ModelConfigJson } from '../pbtxt/model-config.ts';
import { type Asking, type Entry, isUnseen, listed } from './asking.ts';
import type { SideFile } from './subject.ts';

/** Looks for every file outside the versions that a configuration names, by its path below the model's folder. */
export function* findSideFiles(folder: string, entries: readonly Entry[], config: ModelConfigJson): Asking<ReadonlyMap<string, SideFile>> {
  const found = new Map<string, SideFile>();
  const listings = new Map<string, readonly Entry[]>([['', entries]]);
  for (const path of sidePaths(config)) {
    if (!found.has(path)) found.set(path, yield* findOne(folder, path, listings));
  }
  return found;
}

export const warmupPath = (file: string): string => `warmup/${file}`;
export const statePath = (file: string): string => `initial_state/${file}`;

function sidePaths(config: ModelConfigJson): string[] {
  const labels = (config.output ?? []).flatMap(({ label_filename: file }) => (file ? [file] : []));
  const warmup = (config.model_warmup ?? []).flatMap(({ inputs }) =>
    Object.values(inputs ?? {}).flatMap(({ input_data_file: file }) => (file === undefined ? [] : [warmupPath(file)])),
  );
  const states = (config.sequence_batching?.state ?? []).flatMap(({ initial_state: initial }) =>
    (initial ?? []).flatMap(({ data_file: file }) => (file === undefined ? [] : [statePath(file)])),
  );
  return [...labels, ...warmup, ...states];
}

function* findOne(folder: string, path: string, listings: Map<string, readonly Entry[]>): Asking<SideFile> {
  const parts = partsOf(path, folder.split('/').at(-1) ?? '');
  if (parts === 'outside') return { is: 'outside', size: 0 };
  const name = parts.at(-1);
  if (name === undefined) return { is: 'folder', size: 0 };
  let above = '';
  for (const part of parts.slice(0, -1)) {
    const next = above === '' ? part : `${above}/${part}`;
    const entry = listings.get(above)?.find((one) => one.name === part);
    if (entry?.leadsOut) return { is: 'outside', size: 0 };
    if (entry?.kind !== 'folder') return { is: 'absent', size: 0 };
    if (!listings.has(next)) {
      const entries = yield* listed(`${folder}/${next}`);
      if (isUnseen(entries)) return { is: 'unseen', size: 0 };
      listings.set(next, entries);
    }
    above = next;
  }
  const entry = listings.get(above)?.find((one) => one.name === name);
  if (!entry || entry.kind === 'broken') return { is: 'absent', size: 0 };
  if (entry.leadsOut) return { is: 'outside', size: 0 };
  return { is: entry.kind === 'folder' ? 'folder' : 'file', size: entry.size };
}

/** The path's folders and name below the model's folder, with `..` resolved; it may leave the folder and come back. */
function partsOf(path: string, model: string): string[] | 'outside' {
  const parts: string[] = [];
  let isAbove = false;
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (isAbove) {
      if (part !== model) return 'outside';
      isAbove = false;
    } else if (part !== '..') parts.push(part);
    else if (parts.pop() === undefined) isAbove = true;
  }
  return isAbove ? 'outside' : parts;
}
