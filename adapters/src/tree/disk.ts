import { closeSync, constants, lstatSync, openSync, readdirSync, readlinkSync, readSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import { byBytes } from '#core/base/by-bytes.ts';
import { wordsOf } from '#core/base/fault.ts';
import type { Answer, Ask, Entry, Unseen } from '#core/base/asking.ts';

/**
 * Answers what a check asks from a disk. `root` is the folder that is checked: a link that leads out of it is told. Links are followed as
 * Triton follows them; what is neither file nor folder is never opened, since opening a pipe waits and opening a device acts.
 */
export function diskTree(root: string): (ask: Ask) => Answer {
  let real: string | undefined;
  const isInside = (path: string): boolean => {
    real ??= realpathSync(root);
    return path === real || path.startsWith(real.endsWith(sep) ? real : `${real}${sep}`);
  };
  const readOnce = rememberingLast(read);
  return (ask) => {
    try {
      return 'list' in ask ? list(ask.list, isInside) : readOnce(ask.read, ask);
    } catch (thrown) {
      return unseen(thrown);
    }
  };
}

type Read = (file: string, part: { from: number; size: number }) => Uint8Array | Unseen;

/** Whoever reads a file looks at its head first, to see what it is, and then again: those bytes are fetched once. */
function rememberingLast(fetch: Read): Read {
  let last: { file: string; from: number; bytes: Uint8Array } = { file: '', from: 0, bytes: new Uint8Array(0) };
  return (file, { from, size }) => {
    const at = from - last.from;
    if (file === last.file && at >= 0 && at + size <= last.bytes.length) return last.bytes.subarray(at, at + size);
    const bytes = fetch(file, { from, size });
    if (bytes instanceof Uint8Array && bytes.length <= rememberedBytesMax) last = { file, from, bytes };
    return bytes;
  };
}

const rememberedBytesMax = 64 * 1024;

type IsInside = (path: string) => boolean;

function list(folder: string, isInside: IsInside): readonly Entry[] | Unseen {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (thrown) {
    return codeOf(thrown) === 'ENOTDIR' && isThere(folder) ? { unseen: 'it is a file' } : unseen(thrown);
  }
  return names.sort(byBytes).map((name) => entryOf(name, `${folder}/${name}`, isInside));
}

/** A path that goes on below a file is not there, though the system says the same of it as of the file. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function entryOf(name: string, path: string, isInside: IsInside): Entry {
  const here = lstatSync(path, { throwIfNoEntry: false });
  // It went away meanwhile, or its name is no UTF-8 and cannot be asked for.
  if (here === undefined) return { name, kind: 'other', size: 0 };
  if (here.isSymbolicLink()) return linkOf(name, path, isInside);
  return { name, ...kindOf(here), mode: here.mode & 0o7777 };
}

type Stats = ReturnType<typeof lstatSync> & object;

const kindOf = (stats: Stats): Pick<Entry, 'kind' | 'size'> =>
  stats.isFile() ? { kind: 'file', size: Number(stats.size) } : { kind: stats.isDirectory() ? 'folder' : 'other', size: 0 };

function linkOf(name: string, path: string, isInside: IsInside): Entry {
  const link = readlinkSync(path);
  try {
    const there = statSync(path);
    const leadsOut = isInside(realpathSync(path)) ? {} : { leadsOut: true };
    return { name, ...kindOf(there), mode: there.mode & 0o7777, link, ...leadsOut };
  } catch (thrown) {
    // What may not be looked at may well be there.
    return { name, kind: isDenied(thrown) ? 'other' : 'broken', size: 0, link };
  }
}

/** Nobody needs more of a file at once; whoever asks for more gets this much of it. */
const bytesMax = 2 ** 28;

function read(file: string, { from, size }: { from: number; size: number }): Uint8Array | Unseen {
  const stats = statSync(file);
  if (stats.isDirectory()) return { unseen: 'it is a folder' };
  if (!stats.isFile()) return { unseen: 'it is neither a file nor a folder' };
  const bytes = new Uint8Array(Math.max(0, Math.min(size, stats.size - from, bytesMax)));
  if (bytes.length === 0) return bytes;
  // Were it replaced by a pipe since it was looked at, this would not wait for somebody to write into it.
  const handle = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    let filled = 0;
    while (filled < bytes.length) {
      const got = readSync(handle, bytes, filled, bytes.length - filled, from + filled);
      if (got === 0) return bytes.subarray(0, filled);
      filled += got;
    }
    return bytes;
  } finally {
    closeSync(handle);
  }
}

const codeOf = (thrown: unknown): string => (thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '');
const isDenied = (thrown: unknown): boolean => codeOf(thrown) === 'EACCES' || codeOf(thrown) === 'EPERM';

const words: Readonly<Record<string, string>> = {
  ENOENT: 'absent',
  ENOTDIR: 'absent',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  EIO: 'the disk failed',
};

const unseen = (thrown: unknown): Unseen => ({ unseen: words[codeOf(thrown)] ?? wordsOf(thrown) });
