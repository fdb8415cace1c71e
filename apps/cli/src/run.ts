import { appendFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CommanderError } from 'commander';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { BadValue, type Family, type Spec } from './command.ts';
import { type Asked, programOf } from './program.ts';
import { realTerminal, type Terminal } from './terminal.ts';

/** Every command, each in its own file; only the one that is asked for is read, unless all are listed. */
const loaders: Readonly<Record<string, () => Promise<Spec | Family>>> = {
  demo: async () => (await import('./commands/demo.ts')).demo,
  up: async () => (await import('./commands/up.ts')).up,
  status: async () => (await import('./commands/status.ts')).status,
  init: async () => (await import('./commands/init.ts')).init,
  config: async () => (await import('./commands/config.ts')).config,
  check: async () => (await import('./commands/check.ts')).check,
  explain: async () => (await import('./commands/explain.ts')).explain,
  pack: async () => (await import('./commands/pack.ts')).pack,
  promote: async () => (await import('./commands/promote.ts')).promote,
  rollout: async () => (await import('./commands/rollout.ts')).rollout,
  rollback: async () => (await import('./commands/rollback.ts')).rollback,
  journal: async () => (await import('./commands/journal.ts')).journal,
  runtime: async () => (await import('./commands/runtime.ts')).runtime,
  probe: async () => (await import('./commands/probe.ts')).probe,
  down: async () => (await import('./commands/down.ts')).down,
};

/** All of them, as `conch --help` lists them. */
export function loadAll(): Promise<(Spec | Family)[]> {
  return Promise.all(Object.values(loaders).map((load) => load()));
}

/** Runs what was typed, and says how it went as an exit code. Nobody gets to see a stack trace for a mistake. */
export async function run(typed: readonly string[]): Promise<number> {
  const named = loaders[typed[0] ?? ''];
  const [, second = '', ...others] = typed;
  const entries = named ? [await named()] : await loadAll();
  const family = entries[0];
  if (named && family && 'commands' in family) family.commands.find(({ name }) => name === second)?.hand?.(others);
  let asked: Asked | undefined;
  try {
    programOf(entries, (one) => {
      asked = one;
    }).parse(typed.length === 0 ? ['--help'] : typed, { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0 || thrown.code === 'commander.help') return thrown.exitCode === 0 ? 0 : 2;
    process.stderr.write(`Read on with: conch ${named ? `${typed[0]} ` : ''}--help\n`);
    return 2;
  }
  return asked ? runAsked(asked) : 2;
}

async function runAsked({ spec, typed }: Asked): Promise<number> {
  const interrupt = listen();
  const terminal = realTerminal([typed['output']].flat().includes('json') ? 'json' : 'text', interrupt.signal);
  try {
    const code = await spec.run(typed, terminal);
    return interrupt.signal.aborted ? interrupt.code() : code;
  } catch (thrown) {
    if (interrupt.signal.aborted && !(thrown instanceof Error && thrown.name === 'AssertionError')) return interrupt.code();
    return explain(thrown, { spec, typed }, terminal);
  } finally {
    interrupt.stop();
  }
}

/** Ctrl-C asks the command to end; asked again, it ends now. */
function listen(): { signal: AbortSignal; code(): number; stop(): void } {
  const abort = new AbortController();
  const numbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
  let code = 130;
  const hear = (signal: NodeJS.Signals): void => {
    code = 128 + (numbers[signal as keyof typeof numbers] ?? 2);
    if (abort.signal.aborted) process.exit(code);
    abort.abort();
  };
  for (const signal of Object.keys(numbers)) process.on(signal, hear);
  // `conch journal | head`: the reader has seen enough.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  return {
    signal: abort.signal,
    code: () => code,
    stop: () => {
      for (const signal of Object.keys(numbers)) process.off(signal, hear);
    },
  };
}

function explain(thrown: unknown, { spec, typed }: Asked, terminal: Terminal): number {
  if (thrown instanceof BadValue) {
    terminal.note(`${spec.name}: ${thrown.message}\nRead on with: ${spec.name} --help`);
    return 2;
  }
  if (thrown instanceof Fault) {
    terminal.give({ error: { code: thrown.code, says: wordsOf(thrown) } });
    terminal.note(`${spec.name}: ${wordsOf(thrown)}`);
    if (process.env['CONCH_DEBUG'] === '1') terminal.note(String(thrown.stack));
    return 2;
  }
  const stack = thrown instanceof Error ? String(thrown.stack) : String(thrown);
  const log = logOf(resolve(String(typed['home'] ?? '.conch')), stack);
  terminal.give({ error: { code: 'conch/bug', says: wordsOf(thrown), log } });
  terminal.note(`${spec.name}: ${wordsOf(thrown)}`);
  terminal.note(`This is a bug of ours. What we know of it is in ${log}: please report it with that file. CONCH_DEBUG=1 shows it here.`);
  if (process.env['CONCH_DEBUG'] === '1') terminal.note(stack);
  return 2;
}

function logOf(home: string, stack: string): string {
  const entry = `${new Date().toISOString()} conch ${process.argv.slice(2).join(' ')} (Node ${process.version}, ${process.platform})\n${stack}\n`;
  for (const folder of [join(home, 'logs'), tmpdir()]) {
    try {
      mkdirSync(folder, { recursive: true });
      appendFileSync(join(folder, 'conch.log'), entry);
      return join(folder, 'conch.log');
    } catch {
      // The next folder, then.
    }
  }
  return 'no file: none could be written';
}
