import { closeSync, existsSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { SharedMemory, SystemRegion } from './inference-server.ts';
import { Refused, refuse } from './refused.ts';

/** Where Linux keeps POSIX shared memory as files. */
const root = '/dev/shm';

const pageBytes = 4096;

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
      // Triton maps an object once: for a second name it looks at a descriptor that it has closed, and mostly says this.
      if ([...regions.values()].some(({ key }) => key === region.key)) refuse('Internal', `Invalid shared memory region: '${region.key}'`);
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
    requireWithin: (name, offset, size) => void within(find(name), offset, size),
    read(name, offset, size) {
      const region = within(find(name), offset, size);
      const bytes = new Uint8Array(Math.min(size, region.offset + region.byteSize - offset));
      readSync(region.fd, bytes, 0, bytes.length, region.offset + offset);
      return bytes;
    },
    write(name, offset, bytes) {
      if (bytes.length === 0) return;
      const region = within(find(name), offset, bytes.length);
      writeSync(region.fd, bytes, 0, bytes.length, region.offset + offset);
    },
    registerCuda: () => refuse('Invalid argument', 'failed to register shared memory region: invalid args'),
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

function openRegion({ name, key, offset, byteSize }: SystemRegion): number {
  const path = join(root, key.replace(/^\//, ''));
  const isPlain = key.replace(/^\//, '') !== '' && !key.replace(/^\//, '').includes('/');
  if (!isPlain || !existsSync(path)) throw new Refused('Internal', `Unable to open shared memory region: '${key}'`);
  const fd = openSync(path, 'r+');
  const { size } = fstatSync(fd);
  const problem =
    offset + byteSize > size
      ? 'invalid args'
      : isMappable(offset, byteSize)
        ? undefined
        : 'unable to process address spaceInvalid argument';
  if (problem === undefined) return fd;
  closeSync(fd);
  return refuse('Invalid argument', `failed to register shared memory region '${name}': ${problem}`);
}

/** Memory is mapped in whole pages, and never nothing of it. */
const isMappable = (offset: number, byteSize: number): boolean => offset % pageBytes === 0 && byteSize > 0;

/** As Triton reckons, with 64 bits: a place of no bytes ends before it begins, so at the very start it is none, and a huge one may end well. */
function within(region: Open, offset: number, size: number): Open {
  const last = BigInt(region.offset + region.byteSize - 1);
  if (BigInt(offset) > last) return refuse('Invalid argument', `Invalid offset for shared memory region: '${region.name}'`);
  if (BigInt.asUintN(64, BigInt(offset) + BigInt(size) - 1n) <= last) return region;
  return refuse('Invalid argument', `Invalid offset + byte size for shared memory region: '${region.name}'`);
}
