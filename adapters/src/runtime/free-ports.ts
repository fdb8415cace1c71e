import { createServer } from 'node:net';

/**
 * Ports on loopback that nobody listens on now. They lie below the range that the system takes for outgoing connections, so only another
 * listener can get in between, and this process does not give one out twice until it has gone round.
 */
export async function freePorts(count: number): Promise<number[]> {
  const found: number[] = [];
  for (let tries = 0; found.length < count && tries < range.count; tries += 1) {
    const port = range.first + (next % range.count);
    next += 1;
    if (await isFree(port)) found.push(port);
  }
  if (found.length < count) throw new Error(`no ${count} free ports on loopback from ${range.first} to ${range.first + range.count - 1}`);
  return found;
}

const range = { first: 20_000, count: 12_000 };
let next = Math.floor(Math.random() * range.count);

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}
