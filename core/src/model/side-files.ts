import type { ModelConfigJson } from '../pbtxt/model-config.ts';
import { type Asking, bytesOf, type Entry, isUnseen, listed } from '../base/asking.ts';
import type { SideFile } from './subject.ts';

/** Looks for every file outside the versions that a configuration names, by its path below the model's folder. */
export function* findSideFiles(folder: string, entries: readonly Entry[], config: ModelConfigJson): Asking<ReadonlyMap<string, SideFile>> {
  const found = new Map<string, SideFile>();
  const listings = new Map<string, readonly Entry[]>([[folder, entries]]);
  const paths = sidePaths(config);
  const ofStrings = new Set(paths.filter(({ isStrings }) => isStrings).map(({ path }) => path));
  for (const { path } of paths) {
    if (found.has(path)) continue;
    const one = yield* findOne(folder, path, listings);
    const strings = ofStrings.has(path) && one.is === 'file' ? yield* countStrings(one.path ?? '', one.size) : undefined;
    found.set(path, strings ? { ...one, strings } : one);
  }
  return found;
}

export const warmupPath = (file: string): string => `warmup/${file}`;
export const statePath = (file: string): string => `initial_state/${file}`;

type SidePath = { readonly path: string; readonly isStrings: boolean };

function sidePaths(config: ModelConfigJson): SidePath[] {
  const labels = (config.output ?? []).flatMap(({ label_filename: file }) => (file ? [{ path: file, isStrings: false }] : []));
  const warmup = (config.model_warmup ?? []).flatMap(({ inputs }) =>
    Object.values(inputs ?? {}).flatMap(({ input_data_file: file, data_type: type }) =>
      file === undefined ? [] : [{ path: warmupPath(file), isStrings: type === 'TYPE_STRING' }],
    ),
  );
  const states = (config.sequence_batching?.state ?? []).flatMap(({ initial_state: initial }) =>
    (initial ?? []).flatMap(({ data_file: file }) => (file === undefined ? [] : [{ path: statePath(file), isStrings: false }])),
  );
  return [...labels, ...warmup, ...states];
}

/** Follows a path step by step, as the system does: a folder on the way must be there, be it left again by `..`. */
function* findOne(folder: string, path: string, listings: Map<string, readonly Entry[]>): Asking<SideFile> {
  const home = folder.split('/');
  let here = home;
  let entry: Entry | undefined;
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (entry && entry.kind !== 'folder') return absent;
    if (part === '..') {
      // Above a relative path nobody can say how folders are called.
      if (here.length === 0 || here.at(-1) === '..' || here.at(-1) === '.') return { is: 'unseen', size: 0, isOutside: true };
      here = here.slice(0, -1);
      entry = undefined;
      continue;
    }
    const entries = yield* listingOf(here.join('/') || (home[0] === '' ? '/' : '.'), listings);
    if (entries === undefined) return { is: 'unseen', size: 0, isOutside: here.length < home.length };
    entry = entries.find((one) => one.name === part);
    if (!entry || entry.kind === 'broken') return { ...absent, isOutside: here.length < home.length };
    here = [...here, part];
  }
  const isOutside = entry?.leadsOut === true || !`${here.join('/')}/`.startsWith(`${folder}/`);
  if (!entry) return { is: 'folder', size: 0, isOutside };
  return { is: entry.kind === 'folder' ? 'folder' : 'file', size: entry.size, isOutside, path: here.join('/') };
}

const absent: SideFile = { is: 'absent', size: 0, isOutside: false };

function* listingOf(folder: string, listings: Map<string, readonly Entry[]>): Asking<readonly Entry[] | undefined> {
  const known = listings.get(folder);
  if (known) return known;
  const entries = yield* listed(folder);
  if (isUnseen(entries)) return undefined;
  listings.set(folder, entries);
  return entries;
}

/** What a file of strings holds: 4 bytes of length before each. Triton counts them; only warm-up files of TYPE_STRING are read. */
export type StringFile = { readonly strings: number; readonly left: number; readonly wanted: number | 'none' };

function* countStrings(file: string, size: number): Asking<StringFile | undefined> {
  if (size > stringBytesMax) return undefined;
  const bytes = yield* bytesOf(file, 0, size);
  if (isUnseen(bytes)) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let strings = 0;
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 4) return { strings, left: bytes.length - at, wanted: 'none' };
    const length = view.getUint32(at, true);
    at += 4;
    if (bytes.length - at < length) return { strings, left: bytes.length - at, wanted: length };
    at += length;
    strings += 1;
  }
  return { strings, left: 0, wanted: 'none' };
}

const stringBytesMax = 16_000_000;
