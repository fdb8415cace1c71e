import { randomBytes } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Fault, wordsOf } from '#core/base/fault.ts';

/** A file to be: with these words in it, or the same as another one. */
export type Placing = { readonly to: string } & ({ readonly text: string } | { readonly from: string });

/**
 * Puts files where none are: all of them, or none. Each is written beside its place first, large ones as a stream; then all move into their
 * places, and what is already there by then is not overwritten. When anything fails, what was made so far is taken away again, folders too.
 */
export async function placeAll(placings: readonly Placing[], signal: AbortSignal): Promise<void> {
  const made: Made = { drafts: new Map(), files: [], folders: [] };
  try {
    for (const placing of placings) await stage(placing, made, signal);
    for (const [to, draft] of made.drafts) {
      moveWhereNoneIs(draft, to);
      made.files.push(to);
    }
  } catch (cause) {
    undo(made);
    if (signal.aborted || cause instanceof Fault) throw cause;
    throw new Fault('file/unwritable', `the files could not be written: ${wordsOf(cause)}; nothing was left behind`, {
      isRetryable: true,
      cause,
    });
  }
}

type Made = { readonly drafts: Map<string, string>; readonly files: string[]; readonly folders: string[] };

async function stage(placing: Placing, made: Made, signal: AbortSignal): Promise<void> {
  makeFolder(dirname(placing.to), made);
  const draft = `${placing.to}.${randomBytes(6).toString('hex')}.tmp`;
  made.drafts.set(placing.to, draft);
  if ('text' in placing) writeFileSync(draft, placing.text, { flag: 'wx', mode: 0o644, flush: true });
  else await pipeline(createReadStream(placing.from), createWriteStream(draft, { flags: 'wx', mode: 0o644, flush: true }), { signal });
}

/** Remembers each folder that was not there, the upper one first. */
function makeFolder(folder: string, made: Made): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder), made);
  mkdirSync(folder);
  made.folders.push(folder);
}

/** A link to the draft fails where something stands; some file systems have no links, and there a look has to do. */
function moveWhereNoneIs(draft: string, to: string): void {
  try {
    linkSync(draft, to);
    rmSync(draft);
  } catch (thrown) {
    if (isTaken(to))
      throw new Fault('file/there-already', `${to} is taken by now, and is not overwritten; nothing was left behind`, {
        isRetryable: false,
        cause: thrown,
      });
    renameSync(draft, to);
  }
}

/** A link that leads nowhere is there too. */
const isTaken = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

function undo({ drafts, files, folders }: Made): void {
  for (const path of [...drafts.values(), ...files]) rmSync(path, { force: true });
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      // Somebody else put something into it meanwhile: it stays.
    }
  }
}
