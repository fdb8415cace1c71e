import { readFileSync, realpathSync, statSync } from 'node:fs';
import { sep } from 'node:path';
import { writeAtomically } from '#adapters/files/atomic.ts';
import { wordsOf } from '#core/base/fault.ts';
import { fixText } from '#core/pbtxt/fix-text.ts';
import type { Mended, Unlooked } from './reporter.ts';

/** Mends one configuration in its place, whole or not at all, with its mode. What is not there, or is no UTF-8, is left to the check. */
export function fixConfig(file: string, root: string): Mended | Unlooked | 'nothing' {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    if (!stats?.isFile() || stats.size > bytesMax) return 'nothing';
    const bytes = readFileSync(file);
    const text = bytes.toString('utf8');
    if (!Buffer.from(text, 'utf8').equals(bytes)) return 'nothing';
    const { text: mended, changes } = fixText(text);
    if (changes.length === 0) return 'nothing';
    // A link is kept, and what it leads to is written, as far as that belongs to what is checked.
    const real = realpathSync(file);
    if (!real.startsWith(`${realpathSync(root)}${sep}`)) {
      return { path: file, says: `it could be mended, and leads out of what is checked, to ${real}`, fix: 'mend it there' };
    }
    writeAtomically(real, mended, { mode: stats.mode & 0o7777 });
    return { file, changes };
  } catch (thrown) {
    return { path: file, says: `it could not be mended: ${wordsOf(thrown)}`, fix: 'make it writable, or leave --fix out' };
  }
}

const bytesMax = 16_000_000;
