import { createHash } from 'node:crypto';
import { createReadStream, existsSync, lstatSync, readdirSync, writeFileSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { Digest } from '#core/base/digest.ts';
import type { PartFile } from '#core/release/part-list.ts';

/** What a file looks like without reading it. Who changes its bytes changes one of these, unless they also set the clock. */
export type FileLook = PartFile & { readonly look: string };

/** Every file below a folder, by its path with slashes. A link is listed as what it is, and never followed. */
function pathsBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

/**
 * Python leaves its cache beside a model, and would run it in the model's place later. Where it runs inside of Triton no flag and no
 * environment forbids that (2.51.0 starts it isolated), and root writes into what is read-only. A file of the folder's name does.
 */
export function keepOutPythonCache(folder: string, paths: readonly string[]): void {
  const folders = new Set(paths.filter((path) => path.endsWith('.py')).map((path) => dirname(path)));
  for (const below of folders) writeFileSync(join(folder, below, pythonCache), '');
}

/** Every file below a folder but those that keep Python's cache out. */
export function pathsWithoutGuards(folder: string): string[] {
  return pathsBelow(folder).filter((path) => basename(path) !== pythonCache || !isEmptyFile(join(folder, path)));
}

const pythonCache = '__pycache__';

function isEmptyFile(path: string): boolean {
  const stat = lstatSync(path);
  return stat.isFile() && stat.size === 0;
}

/** A file as it is now: all of its bytes are read. */
export async function readFileLook(folder: string, path: string): Promise<FileLook> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(join(folder, path), { highWaterMark: 2 ** 20 }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    size += chunk.length;
  }
  const digest: Digest = `sha256:${hash.digest('hex')}`;
  return { path, digest, size, look: lookOf(join(folder, path)) };
}

export function lookOf(path: string): string {
  const { size, mtimeMs, ctimeMs, ino, mode } = lstatSync(path);
  return `${size} ${mtimeMs} ${ctimeMs} ${ino} ${mode.toString(8)}`;
}

/** Nobody writes there again by mistake. (Root still could: that is what observing is for.) */
export async function makeReadOnly(folder: string): Promise<void> {
  await chmodTree(folder, { file: 0o444, folder: 0o555 });
}

/** Removes a tree that was made read-only. */
export async function removeTree(folder: string): Promise<void> {
  if (!existsSync(folder)) return;
  await chmodTree(folder, { file: 0o644, folder: 0o755 });
  await rm(folder, { recursive: true, force: true });
}

async function chmodTree(path: string, modes: { file: number; folder: number }): Promise<void> {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  await chmod(path, stat.isDirectory() ? modes.folder | 0o200 : modes.file);
  if (!stat.isDirectory()) return;
  for (const name of readdirSync(path)) await chmodTree(join(path, name), modes);
  await chmod(path, modes.folder);
}
