import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MadeUpFiles } from '#core/model/made-up-tree.ts';

/** For tests: puts made-up files on a disk. */
export function writeFiles(root: string, files: MadeUpFiles): void {
  for (const [path, content] of Object.entries(files)) {
    const there = join(root, path);
    mkdirSync(path.endsWith('/') ? there : dirname(there), { recursive: true });
    if (!path.endsWith('/')) writeFileSync(there, content);
  }
}
