import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { SharedMemory, SystemRegion } from './inference-server.ts';
import { Refused } from './refused.ts';

/** Where Linux keeps POSIX shared memory as files. */
const root = '/dev/shm';

type Open = SystemRegion & { readonly fd: number };

/** Regions of system shared memory that clients registered. A process without a GPU takes no CUDA regions. */
export function systemSharedMemory(): SharedMemory & { close(): void } {
  const regions = new Map<string, Open>();
  const find = (name: string): Open => {
    const region = regions.get(name);
    if (!region) throw new Refused('Not found', `Unable to find shared memory region: '${name}'`);
    return region;
  };
  const release = (name: string): void => {
    const region = regions.get(name);
    if (region) closeSync(region.fd);
    regions.delete(name);
  };
  return {
    register(region) {
      if (regions.has(region.name)) throw new Refused('Already exists', `shared memory region '${region.name}' already in manager`);
      regions.set(region.name, { ...region, fd: openRegion(region) });
    },
    status(name) {
      if (name !== '' && !regions.has(name)) throw new Refused('Not found', `Unable to find system shared memory region: '${name}'`);
      const wanted = name === '' ? [...regions.values()].sort((a, b) => (a.name < b.name ? -1 : 1)) : [find(name)];
      return wanted.map(({ name: region, key, offset, byteSize }) => ({ name: region, key, offset, byteSize }));
    },
    unregister(name) {
      for (const one of name === '' ? [...regions.keys()] : [name]) release(one);
    },
    read(name, offset, size) {
      const region = within(find(name), offset, size);
      const bytes = new Uint8Array(size);
      readSync(region.fd, bytes, 0, size, region.offset + offset);
      return bytes;
    },
    write(name, offset, bytes) {
      const region = within(find(name), offset, bytes.length);
      writeSync(region.fd, bytes, 0, bytes.length, region.offset + offset);
    },
    registerCuda(name) {
      throw new Refused(
        'Invalid argument',
        `failed to register shared memory region: unable to open CUDA IPC handle of '${name}': no GPU is available`,
      );
    },
    unregisterCuda: () => undefined,
    cudaStatus(name) {
      if (name !== '') throw new Refused('Not found', `Unable to find cuda shared memory region: '${name}'`);
      return [];
    },
    close() {
      for (const name of regions.keys()) release(name);
    },
  };
}

function openRegion({ key, offset, byteSize }: SystemRegion): number {
  const path = join(root, key.replace(/^\//, ''));
  const isPlain = key.replace(/^\//, '') !== '' && !key.replace(/^\//, '').includes('/');
  if (!isPlain || !existsSync(path)) throw new Refused('Internal', `Unable to open shared memory region: '${key}'`);
  const fd = openSync(path, 'r+');
  const { size } = fstatSync(fd);
  if (offset + byteSize <= size) return fd;
  closeSync(fd);
  throw new Refused('Internal', `Invalid shared memory region: '${key}'`);
}

function within(region: Open, offset: number, size: number): Open {
  if (offset + size <= region.byteSize) return region;
  throw new Refused('Invalid argument', `Invalid offset + byte size for shared memory region: '${region.name}'`);
}
