import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { test, type TestContext } from 'node:test';
import { descendants, gone } from '#adapters/runtime/descendants.ts';
import { instancesOf } from '../made-up-runtime.ts';
import { ForkServer } from './fork-server.ts';

function started(t: TestContext): ForkServer {
  const server = new ForkServer(2);
  t.after(() => server.end());
  return server;
}

test('each process has a socket of its own, and ends when that closes', async (t) => {
  const server = started(t);
  const processes = [server.start(), server.start(), server.start()];
  const sockets = await Promise.all(processes.map(({ socket }) => socket));
  strictEqual(instancesOf(process.pid).length, 3);
  sockets[1]?.destroy();
  strictEqual(await processes[1]?.ended, 'ended with code 0');
  strictEqual(instancesOf(process.pid).length, 2);
  for (const one of processes) one.kill('SIGKILL');
  deepStrictEqual([await processes[0]?.ended, await processes[2]?.ended], ['ended by SIGKILL', 'ended by SIGKILL']);
});

test('whoever is killed before its turn is never started, and the others are', async (t) => {
  const server = started(t);
  const count = availableParallelism();
  const [first, second] = [Array.from({ length: count }, () => server.start()), Array.from({ length: count }, () => server.start())];
  for (const one of second) one.kill('SIGKILL');
  for (const one of second) strictEqual(await one.ended, 'ended by SIGKILL');
  await Promise.all(first.map(({ socket }) => socket));
  strictEqual(instancesOf(process.pid).length, count);
  for (const one of first) one.kill('SIGKILL');
  await Promise.all(first.map(({ ended }) => ended));
  const after = server.start();
  await after.socket;
  strictEqual(instancesOf(process.pid).length, 1);
  after.kill('SIGKILL');
  await after.ended;
});

test('when the server ends, so do those whose sockets nobody holds', async (t) => {
  const server = started(t);
  const one = server.start();
  const socket = await one.socket;
  const family = descendants(process.pid);
  ok(family.length >= 2);
  server.end();
  socket.destroy();
  await once(socket, 'close');
  strictEqual(await one.ended, 'is not heard of any more');
  await gone(family);
});
