import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Fault, wordsOf } from '#core/base/fault.ts';
import type { PartFile } from '#core/release/part-list.ts';
import { TarReader } from '#core/release/tar.ts';

/** Writes the files of a layer below a folder, each made durable. Returns what was written, hashed on its way. */
export async function unpackLayer(chunks: AsyncIterable<Uint8Array>, folder: string): Promise<PartFile[]> {
  const written: PartFile[] = [];
  const reader = new TarReader();
  let current: { path: string; size: number; file: FileHandle; hash: Hash } | undefined;
  const finish = async (): Promise<void> => {
    if (!current) return;
    await current.file.sync();
    await current.file.close();
    written.push({ path: current.path, digest: `sha256:${current.hash.digest('hex')}`, size: current.size });
    current = undefined;
  };
  try {
    for await (const chunk of chunks) {
      for (const piece of reader.feed(chunk)) {
        if (piece.is === 'file') {
          await finish();
          const path = join(folder, piece.path);
          await mkdir(dirname(path), { recursive: true });
          // 'wx': two layers that bring the same file are no release of ours.
          current = { path: piece.path, size: 0, file: await open(path, 'wx', 0o644), hash: createHash('sha256') };
        } else if (current) {
          await current.file.writeFile(piece.bytes);
          current.hash.update(piece.bytes);
          current.size += piece.bytes.length;
        }
      }
    }
    await finish();
    reader.end();
    return written;
  } catch (thrown) {
    throw thrown instanceof Fault ? thrown : failed(thrown, folder);
  } finally {
    await current?.file.close().catch(() => undefined);
  }
}

function failed(cause: unknown, folder: string): Fault {
  const isDisk = cause instanceof Error && 'code' in cause && cause.code !== 'EEXIST';
  if (!isDisk) return new Fault('artifact/corrupt', `a layer cannot be unpacked: ${wordsOf(cause)}`, { isRetryable: false, cause });
  return new Fault('artifact/unwritable', `${folder} cannot be written: ${wordsOf(cause)}; free some space there, it is tried again`, {
    isRetryable: true,
    cause,
  });
}
