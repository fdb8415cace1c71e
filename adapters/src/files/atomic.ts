import { randomBytes } from 'node:crypto';
import { closeSync, fchmodSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { Fault, wordsOf } from '#core/base/fault.ts';

/** Writes a whole file or nothing: a reader, and a crash at any instant, sees the old content or the new one. `mode` is what it gets, whatever the umask. */
export function writeAtomically(path: string, content: string | Uint8Array, { mode }: { mode?: number } = {}): void {
  const draft = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(draft, 'wx', 0o644);
    try {
      if (mode !== undefined) fchmodSync(file, mode);
      const bytes = typeof content === 'string' ? Buffer.from(content) : content;
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
    const folder = openSync(dirname(path), 'r');
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch (cause) {
    rmSync(draft, { force: true });
    throw new Fault('file/unwritable', `${path} could not be written: ${wordsOf(cause)}; what was there before is untouched`, {
      isRetryable: true,
      cause,
    });
  }
}
