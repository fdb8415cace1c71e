import { byBytes } from '../base/by-bytes.ts';
import type { Answer, Ask, Entry } from '../base/asking.ts';

/** Files by path; a path that ends in `/` is an empty folder. */
export type MadeUpFiles = Readonly<Record<string, string | Uint8Array>>;

/** A file of which at least the size is known. */
export type KnownFile = { readonly path: string; readonly size: number; readonly bytes?: Uint8Array | undefined };

/** Answers what a check asks, from files that are only in memory: for tests, for the browser, for webhooks. */
export function madeUpTree(files: MadeUpFiles): (ask: Ask) => Answer {
  const known = Object.entries(files).map(([path, content]): KnownFile => {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    return { path, size: bytes.length, bytes };
  });
  return treeOf(known);
}

type Folder = Map<string, Folder | KnownFile>;

/** The same for files of a release, some of which are known by their size alone. */
export function treeOf(files: readonly KnownFile[]): (ask: Ask) => Answer {
  const root: Folder = new Map();
  for (const file of files) put(root, file);
  return (ask) => {
    const path = 'list' in ask ? ask.list : ask.read;
    let found: Folder | KnownFile | undefined = root;
    for (const part of path.split('/').filter((one) => one !== '' && one !== '.')) {
      found = found instanceof Map ? found.get(part) : undefined;
    }
    if (found === undefined) return { unseen: 'absent' };
    if ('list' in ask) return found instanceof Map ? entriesOf(found) : { unseen: 'it is a file' };
    if (found instanceof Map) return { unseen: 'it is a folder' };
    return found.bytes ? found.bytes.slice(ask.from, ask.from + ask.size) : { unseen: 'its bytes are not at hand' };
  };
}

function put(root: Folder, file: KnownFile): void {
  const parts = file.path.split('/').filter((part) => part !== '');
  const name = file.path.endsWith('/') ? undefined : parts.pop();
  let folder = root;
  for (const part of parts) {
    const next = folder.get(part) ?? new Map();
    // A file stands where a folder should: the file stays.
    if (!(next instanceof Map)) return;
    folder.set(part, next);
    folder = next;
  }
  if (name !== undefined) folder.set(name, file);
}

/** In the order of the names' bytes, as Triton meets them. */
function entriesOf(folder: Folder): Entry[] {
  return [...folder]
    .map(
      ([name, content]): Entry => (content instanceof Map ? { name, kind: 'folder', size: 0 } : { name, kind: 'file', size: content.size }),
    )
    .sort((one, other) => byBytes(one.name, other.name));
}
