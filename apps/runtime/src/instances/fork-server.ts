import { type ChildProcess, fork } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { FromForkServer, ToForkServer } from './fork-server-child.ts';

/** The process of an instance, seen from the runtime. */
export type InstanceProcess = {
  /** What it listens to. It never comes when the process cannot be started. */
  readonly socket: Promise<Socket>;
  /** How it ended, once it has. */
  readonly ended: Promise<string>;
  kill(signal: NodeJS.Signals): void;
};

/**
 * The small process that starts those of the instances. Forked from the runtime itself, each of them would hold up all requests for 5 to 15 ms,
 * while the pages of its memory are copied. It comes with the first of them. When it is killed, what it had started lives on, and the next
 * start brings another.
 */
export class ForkServer {
  readonly #logFd: number;
  #running: Running | undefined;

  /** What instances write goes to this descriptor. */
  constructor(logFd: number) {
    this.#logFd = logFd;
  }

  start(): InstanceProcess {
    if (!this.#running?.isThere) this.#running = new Running(this.#logFd);
    return this.#running.start();
  }

  /** Whoever calls has ended the instances. */
  end(): void {
    this.#running?.end();
  }
}

type Asked = { readonly started: (pid: number, socket: Socket) => void; readonly ended: (words: string) => void };

class Running {
  readonly #process: ChildProcess;
  /** How it ended, once it has. */
  readonly #gone: Promise<string>;
  readonly #asked = new Map<number, Asked>();
  #starts = 0;
  isThere = true;

  constructor(logFd: number) {
    this.#process = fork(childFile, {
      execArgv: [],
      stdio: ['pipe', logFd, logFd, 'ipc'],
      env: { NODE_COMPILE_CACHE: compileCache, ...process.env },
    });
    this.#process.on('message', (message: FromForkServer, socket: Socket) => {
      const asked = this.#asked.get(message.id);
      if ('pid' in message) return asked?.started(message.pid, socket);
      this.#asked.delete(message.id);
      return asked?.ended(message.words);
    });
    this.#gone = new Promise((resolve) => {
      const end = (words: string): void => {
        this.isThere = false;
        resolve(words);
      };
      this.#process.on('error', (thrown) => end(thrown.message));
      this.#process.on('exit', (code, signal) => end(`it ended ${signal ? `by ${signal}` : `with code ${code}`}`));
    });
  }

  start(): InstanceProcess {
    this.#starts += 1;
    const id = this.#starts;
    const socket = Promise.withResolvers<Socket>();
    const ended = Promise.withResolvers<string>();
    let pid: number | undefined;
    this.#asked.set(id, {
      started: (startedPid, connected) => {
        pid = startedPid;
        socket.resolve(connected);
        // Where nobody is left to tell how it ended.
        connected.once('close', () => void this.#gone.then(() => ended.resolve('is not heard of any more')));
      },
      ended: ended.resolve,
    });
    this.#tell({ id, is: 'start' });
    void this.#gone.then((words) => {
      if (pid === undefined) ended.resolve(`cannot be started: there is no process that starts it, ${words}`);
    });
    const kill = (signal: NodeJS.Signals): void => {
      if (this.isThere) this.#tell({ id, is: 'kill', signal });
      else if (pid !== undefined) killOrphan(pid, signal);
    };
    return { socket: socket.promise, ended: ended.promise, kill };
  }

  end(): void {
    this.#process.stdin?.destroy();
  }

  #tell(message: ToForkServer): void {
    // One that has gone, or never came, is not told; that it went is known.
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }
}

function killOrphan(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended already.
  }
}

const childFile = fileURLToPath(new URL('./fork-server-child.ts', import.meta.url));

/** As `./conch` names it for everything that it starts: otherwise each instance would strip the types of its few modules anew, for 100 ms. */
const compileCache = fileURLToPath(new URL('../../../../node_modules/.cache/conch', import.meta.url));
