import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, openSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Fault } from '#core/base/fault.ts';
import { formatDuration, type Ms } from '#core/base/time.ts';
import { type Kind, kinds, type Present, present } from './announced.ts';
import { type Home, makeHome, named } from './home.ts';
import { isAlive, processesOf } from './process-table.ts';
import { repositoryRoot } from './repository-root.ts';
import type { RuntimeName } from './runtime/runtime-option.ts';

export type Start = {
  /** The client port that is wanted; another one is taken when somebody else has it. */
  readonly port: number;
  /** What servers run on; the agent's own choice when not given. */
  readonly runtime?: RuntimeName;
  /** The processes end when we do, even when we are killed. Otherwise they go on by themselves. */
  readonly endsWithUs: boolean;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
};

/** How long a process may take until it answers. */
const startMaxMs = 20_000;
/** How long the processes may take to finish what is under way: a gateway drains, an agent's servers do. */
const endMaxMs: Ms = 25_000;

/** Starts what does not run yet, and returns when all of it answers. What this call has started ends again when it fails. */
export async function startWorld(home: Home, start: Start): Promise<Present[]> {
  makeHome(home);
  if (!existsSync(home.environment)) {
    copyFileSync(join(repositoryRoot, 'examples/environments/laptop.yaml'), home.environment);
    start.say(`new environment: ${named(home.environment)}, a copy of examples/environments/laptop.yaml`);
  }
  const running = await present(home, { cleans: true });
  const missing = kinds.filter((kind) => !running.some((one) => one.kind === kind));
  if (missing.includes('agent')) await endLeftovers(home, start.say);
  return beginAll(home, missing, start);
}

/** Starts one process again, after it was killed. */
export async function startAgain(home: Home, kind: Kind, start: Start): Promise<Present[]> {
  await present(home, { cleans: true });
  return beginAll(home, [kind], start);
}

/** Ends a world: control first, so that nobody decides about the end of the others. Says what it did; throws when something is left. */
export async function stopWorld(home: Home, say: (line: string) => void): Promise<Kind[]> {
  const before = processesOf(home);
  const ended: Kind[] = [];
  for (const kind of ['control', 'gateway', 'agent'] as const) {
    const found = before.filter(({ args }) => args.some((arg) => arg.endsWith(`apps/${kind}/src/main.ts`)));
    for (const { pid } of found) {
      const how = await endProcess(pid, endMaxMs);
      say(how === 'asked' ? `${kind} has ended` : `${kind} did not end within ${formatDuration(endMaxMs)} and was killed`);
      ended.push(kind);
    }
  }
  await endLeftovers(home, say, before);
  await present(home, { cleans: true });
  const left = [...processesOf(home), ...before].filter(({ pid }) => isAlive(pid));
  if (left.length > 0) {
    throw new Fault(
      'world/left',
      `these processes do not end: ${left.map(({ pid }) => pid).join(', ')}; end them by hand: kill -9 ${left[0]?.pid}`,
      {
        isRetryable: true,
      },
    );
  }
  return ended;
}

/** The last lines that a process of this home wrote. */
export function lastLines({ logs }: Home, kind: Kind, count: number, from = 0): string[] {
  try {
    const text = readFileSync(join(logs, `${kind}.log`))
      .subarray(from)
      .toString('utf8');
    return text.trimEnd().split('\n').slice(-count);
  } catch {
    return [];
  }
}

async function beginAll(home: Home, missing: readonly Kind[], start: Start): Promise<Present[]> {
  const begun = missing.map((kind) => begin(home, kind, start));
  try {
    return await answering(home, begun, start);
  } catch (thrown) {
    for (const { child } of begun) child.kill('SIGTERM');
    await Promise.race([Promise.all(begun.map(({ exited }) => exited)), wait(5000)]);
    for (const { child } of begun) child.kill('SIGKILL');
    throw thrown;
  }
}

type Begun = {
  readonly kind: Kind;
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  /** Where in the log this start begins. */
  readonly logFrom: number;
};

function begin(home: Home, kind: Kind, { port, runtime, endsWithUs }: Start): Begun {
  const main = resolve(repositoryRoot, `apps/${kind}/src/main.ts`);
  const args = ['--disable-warning=ExperimentalWarning', main, '--home', home.folder];
  if (kind === 'gateway') args.push('--port', String(port));
  if (kind === 'agent' && runtime) args.push('--runtime', runtime);
  if (endsWithUs) args.push('--exit-with-parent');
  const file = join(home.logs, `${kind}.log`);
  rotate(file);
  const logFrom = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  const log = openSync(file, 'a');
  // A group of its own: Ctrl-C in this terminal is ours to hear, and ours to pass on in the right order.
  const child = spawn(process.execPath, args, { detached: true, stdio: [endsWithUs ? 'pipe' : 'ignore', log, log], cwd: repositoryRoot });
  closeSync(log);
  child.stdin?.on('error', () => undefined);
  child.unref();
  const exited = new Promise<void>((done) => {
    child.once('error', () => done());
    child.once('exit', () => done());
  });
  return { kind, child, exited, logFrom };
}

const logBytesMax = 16 * 1024 * 1024;

/** A log that has grown is set aside; the one set aside before goes. */
function rotate(file: string): void {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > logBytesMax) renameSync(file, `${file}.before`);
}

async function answering(home: Home, begun: readonly Begun[], { signal }: Start): Promise<Present[]> {
  const until = Date.now() + startMaxMs;
  for (;;) {
    const dead = begun.find(({ child }) => child.exitCode !== null || child.signalCode !== null || child.pid === undefined);
    if (dead) throw died(home, dead);
    const there = await present(home, { cleans: false });
    const late = begun.filter(
      ({ kind, child }) => !there.some((one) => one.kind === kind && one.pid === child.pid && one.is === 'answering'),
    );
    if (late.length === 0) return there;
    if (signal.aborted) throw new Fault('world/interrupted', 'interrupted while starting', { isRetryable: true });
    if (Date.now() > until) {
      const says = `${late.map(({ kind }) => kind).join(' and ')} did not answer within ${formatDuration(startMaxMs)}`;
      throw new Fault('world/silent', `${says}; look at ${named(home.logs)}${tailOf(home, late[0])}`, { isRetryable: true });
    }
    await wait(50);
  }
}

function died(home: Home, begun: Begun): Fault {
  const { kind, child } = begun;
  const how = child.signalCode
    ? `was ended by ${child.signalCode}`
    : `ended with exit code ${child.exitCode ?? 'none: it could not be started'}`;
  return new Fault(
    'world/died',
    `the ${kind} ${how} while starting; its log is ${named(join(home.logs, `${kind}.log`))}${tailOf(home, begun)}`,
    {
      isRetryable: true,
    },
  );
}

function tailOf(home: Home, begun: Begun | undefined): string {
  if (!begun) return '';
  const lines = lastLines(home, begun.kind, 8, begun.logFrom);
  return lines.length === 0 ? '; it says nothing' : `, which says:\n${lines.map((line) => `    ${line}`).join('\n')}`;
}

/** Servers whose agent is gone end by themselves; what has not, ends here, so that two agents never share a home's servers. */
async function endLeftovers(home: Home, say: (line: string) => void, before = processesOf(home)): Promise<void> {
  const isServer = (args: readonly string[]): boolean => !args.some((arg) => /apps\/(gateway|control|agent)\/src\/main\.ts$/.test(arg));
  const left = (): number[] => before.filter(({ pid, args }) => isServer(args) && isAlive(pid)).map(({ pid }) => pid);
  for (const until = Date.now() + 2000; left().length > 0 && Date.now() < until; ) await wait(50);
  const stuck = left();
  if (stuck.length === 0) return;
  say(`${stuck.length} processes of servers outlived their agent; they are ended now`);
  await Promise.all(stuck.map((pid) => endProcess(pid, 3000)));
}

async function endProcess(pid: number, patienceMs: Ms): Promise<'asked' | 'killed'> {
  const send = (signal: NodeJS.Signals): void => {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended already.
    }
  };
  send('SIGTERM');
  for (const until = Date.now() + patienceMs; Date.now() < until; await wait(30)) if (!isAlive(pid)) return 'asked';
  send('SIGKILL');
  for (const until = Date.now() + 2000; Date.now() < until; await wait(30)) if (!isAlive(pid)) break;
  return 'killed';
}
