import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

/** The id is of whoever asks. */
export type ToForkServer = { readonly id: number } & ({ readonly is: 'start' } | { readonly is: 'kill'; readonly signal: NodeJS.Signals });
/** A process that was started, with its socket beside the message; or how it ended. */
export type FromForkServer = { readonly id: number } & ({ readonly pid: number } | { readonly words: string });

// Starts the processes of the instances, hands their sockets to the runtime, tells how they ended, and goes when the runtime goes.
const instanceFile = fileURLToPath(new URL('./instance-child.ts', import.meta.url));
const living = new Map<number, ChildProcess>();

// A Ctrl-C reaches the whole group, and must not cut off requests under way.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// The other end is the runtime's. That the channel of messages is closed is not always told: a message that was cut off is waited for.
process.stdin.on('error', () => process.exit(0));
process.stdin.on('close', () => process.exit(0));
process.stdin.resume();
process.on('message', (message: ToForkServer) => {
  if (message.is === 'start') start(message.id);
  else living.get(message.id)?.kill(message.signal);
});

function start(id: number): void {
  const child = spawn(process.execPath, [instanceFile], { stdio: ['ignore', 'inherit', 'inherit', 'pipe'] });
  const end = (words: string): void => {
    living.delete(id);
    tell({ id, words });
  };
  child.on('error', (thrown) => end(`cannot be started: ${thrown.message}`));
  child.on('exit', (code, signal) => end(signal ? `ended by ${signal}` : `ended with code ${code}`));
  // There is none where the machine had no descriptor left for it; the error tells.
  const socket = (child.stdio as ChildProcess['stdio'] | undefined)?.[3] as Socket | undefined;
  if (child.pid === undefined || !socket) return;
  living.set(id, child);
  tell({ id, pid: child.pid }, socket);
}

function tell(message: FromForkServer, socket?: Socket): void {
  // A runtime that has gone hears nothing.
  process.send?.(message, socket, {}, () => undefined);
}
