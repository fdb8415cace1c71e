import { statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Finding } from '#core/base/finding.ts';

/** What around the runtimes would get in their way: shared memory, and the ports that a server takes when nobody says others. */
export async function lookAround(): Promise<Finding[]> {
  return [...sharedMemory(), ...(await defaultPorts())];
}

/** A container of Docker has 64 MB; an instance of a Python model takes one at least. */
const sharedBytesMin = 32 * 1024 * 1024;

function sharedMemory(): Finding[] {
  if (process.platform !== 'linux') return [];
  const place = { file: '/dev/shm' };
  const fix =
    'in a container: docker run --shm-size 1g, or an emptyDir of medium Memory at /dev/shm; else look what is in it: regions of servers that were killed stay';
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    const free = bavail * bsize;
    if (free >= sharedBytesMin) return [];
    const says = `${(free / 1024 / 1024).toFixed(1)} MB are free; each instance of a Python model takes at least one`;
    return [{ code: 'runtime/shared-memory', severity: 'warning', place, says, fix }];
  } catch {
    return [
      { code: 'runtime/shared-memory', severity: 'warning', place, says: 'there is no shared memory, and Python models need some', fix },
    ];
  }
}

async function defaultPorts(): Promise<Finding[]> {
  const ports = { '8000 (HTTP)': 8000, '8001 (gRPC)': 8001, '8002 (metrics)': 8002 };
  const areFree = await Promise.all(Object.values(ports).map(isFree));
  const taken = Object.keys(ports).filter((_, index) => !areFree[index]);
  if (taken.length === 0) return [];
  return [
    {
      code: 'runtime/port',
      severity: 'warning',
      place: { file: 'localhost' },
      says: `in use: ${taken.join(', ')}, which a server takes when nobody says others`,
      fix: 'ss -ltnp says by what; conch up takes others by itself, and conch runtime run takes --http-port, --grpc-port and --metrics-port',
    },
  ];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
