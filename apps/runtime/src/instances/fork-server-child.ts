import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** The id is of whoever asks. */
export type ToForkServer = { readonly id: number } & ({ readonly is: 'start' } | { readonly is: 'kill'; readonly signal: NodeJS.Signals });
/** A process that was started, with its socket beside the message; or how it ended. */
export type FromForkServer = { readonly id: number } & ({ readonly pid: number } | { readonly words: string });

// Starts the processes of the instances, hands their sockets to the runtime, tells how they ended, and goes when the runtime goes.
const instanceFile = fileURLToPath(new URL('./instance-child.ts', import.meta.url));
const living = new Map<number, ChildProcess>();
/** Ids whose turn has not come: until it is ready each keeps a processor busy, and one is left to what serves. */
const waiting: number[] = [];
const bootingMax = Math.max(1, availableParallelism() - 1);
let booting = 0;

// A Ctrl-C reaches the whole group, and must not cut off requests under way.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
// The other end is the runtime's. That the channel of messages is closed is not always told: a message that was cut off is waited for.
process.stdin.on('error', () => process.exit(0));
process.stdin.on('close', () => process.exit(0));
process.stdin.resume();
process.on('message', (message: ToForkServer) => {
  if (message.is === 'kill') return kill(message.id, message.signal);
  waiting.push(message.id);
  return startNext();
});

function startNext(): void {
  while (booting < bootingMax) {
    const id = waiting.shift();
    if (id === undefined) return;
    booting += 1;
    let isBooting = true;
    const booted = (): void => {
      if (!isBooting) return;
      isBooting = false;
      clearTimeout(timer);
      booting -= 1;
      startNext();
    };
    // Whoever hangs does not keep the others waiting for ever.
    const timer = setTimeout(booted, bootMaxMs);
    start(id, booted);
  }
}

const bootMaxMs = 5000;

function kill(id: number, signal: NodeJS.Signals): void {
  const at = waiting.indexOf(id);
  if (at < 0) return void living.get(id)?.kill(signal);
  waiting.splice(at, 1);
  tell({ id, words: `ended by ${signal}` });
}

function start(id: number, onBooted: () => void): void {
  // Over the first pipe it talks with the runtime; the second one it closes when it is ready for that.
  const child = spawn(process.execPath, [instanceFile], { stdio: ['ignore', 'inherit', 'inherit', 'pipe', 'pipe'] });
  const end = (words: string): void => {
    living.delete(id);
    tell({ id, words });
  };
  child.on('error', (thrown) => end(`cannot be started: ${thrown.message}`));
  child.on('exit', (code, signal) => end(signal ? `ended by ${signal}` : `ended with code ${code}`));
  const [socket, ready] = ((child.stdio as ChildProcess['stdio'] | undefined)?.slice(3) ?? []) as Socket[];
  // Where the machine had no process or no descriptor left for it, the error tells.
  if (child.pid === undefined || !socket || !ready) return onBooted();
  ready.on('error', () => undefined).on('close', onBooted);
  ready.resume();
  living.set(id, child);
  tell({ id, pid: child.pid }, socket);
}

function tell(message: FromForkServer, socket?: Socket): void {
  // A runtime that has gone hears nothing.
  process.send?.(message, socket, {}, () => undefined);
}
