import { open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file so that a reader, or a crash at any instant, sees the old text or the new one, never half of it. Without blocking:
 * traffic goes on while the disk takes its time.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}-${++written}.tmp`;
  const file = await open(beside, 'w');
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, path);
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

let written = 0;
