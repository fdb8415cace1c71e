import type { Answer, Ask, Entry } from './asking.ts';

/** Files by path; a path that ends in `/` is an empty folder. */
export type MadeUpFiles = Readonly<Record<string, string | Uint8Array>>;

type Folder = Map<string, Folder | Uint8Array>;

/** Answers what a check asks, from files that are only in memory: for tests, for the browser, for webhooks. */
export function madeUpTree(files: MadeUpFiles): (ask: Ask) => Answer {
  const root: Folder = new Map();
  for (const [path, content] of Object.entries(files)) {
    const parts = path.split('/').filter((part) => part !== '');
    const name = path.endsWith('/') ? undefined : parts.pop();
    let folder = root;
    for (const part of parts) {
      const next = folder.get(part) ?? new Map();
      folder.set(part, next);
      if (next instanceof Uint8Array) break;
      folder = next;
    }
    if (name !== undefined) folder.set(name, typeof content === 'string' ? new TextEncoder().encode(content) : content);
  }
  return (ask) => {
    const path = 'list' in ask ? ask.list : ask.read;
    let found: Folder | Uint8Array | undefined = root;
    for (const part of path.split('/').filter((one) => one !== '' && one !== '.')) {
      found = found instanceof Map ? found.get(part) : undefined;
    }
    if (found === undefined) return { unseen: 'absent' };
    if ('list' in ask) return found instanceof Map ? entriesOf(found) : { unseen: 'it is a file' };
    return found instanceof Map ? { unseen: 'it is a folder' } : found.slice(ask.from, ask.from + ask.size);
  };
}

function entriesOf(folder: Folder): Entry[] {
  return [...folder]
    .map(
      ([name, content]): Entry =>
        content instanceof Map ? { name, kind: 'folder', size: 0 } : { name, kind: 'file', size: content.length },
    )
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}
