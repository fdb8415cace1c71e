import { seeded } from '#core/base/seeded.ts';
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { readContract } from '#core/contract/read-contract.ts';
import { type Present, present } from '../announced.ts';
import type { ExitCode } from '../command.ts';
import { refuse } from '../findings.ts';
import { type Home, homeFlag, named } from '../home.ts';
import { withLock } from '../home-lock.ts';
import { startAgain, startWorld, stopWorld } from '../local-world.ts';
import { killNow, processesOf } from '../process-table.ts';
import { Records } from '../records.ts';
import { lookForRuntime, type RuntimeName } from '../runtime/runtime-option.ts';
import type { Terminal } from '../terminal.ts';
import { formatVerified, verifyJournal } from '../verified-journal.ts';
import { Clients } from './clients.ts';
import { freshHome } from './demo-home.ts';
import { Interrupted, Narrator } from './narrator.ts';
import { Play, type Played, releaseFolder } from './play.ts';
import { tellStory } from './story.ts';
import { byHandLines, summaryLines } from './summary.ts';

export type DemoSettings = {
  readonly keep: boolean;
  readonly runtime: RuntimeName;
  readonly rate: number;
  readonly seed: number;
  readonly port: number;
  readonly home: string;
};

/** Builds a world, plays the story in it, says how it went, and leaves nothing behind but journal and logs. */
export async function runDemo(settings: DemoSettings, terminal: Terminal): Promise<ExitCode> {
  const runtime = lookForRuntime(settings.runtime, 'conch demo');
  if ('finding' in runtime) return refuse([runtime.finding], terminal);
  const home = await freshHome(settings.home);
  if ('finding' in home) return refuse([home.finding], terminal);
  // Everything counts from when the process was started, the reading of our own code included.
  const narrator = new Narrator(terminal, Math.round(performance.timeOrigin));
  const records = new Records(home);
  let code: ExitCode = 1;
  let isKept = false;
  // Ctrl-C twice: there is no time to ask. Without --keep they end by themselves, as soon as we are gone.
  const killAll = (): void => processesOf(home).forEach(({ pid }) => killNow(pid));
  if (settings.keep) process.once('exit', killAll);
  try {
    code = await play({ home, records, narrator, runtime: runtime.says }, settings);
    isKept = settings.keep;
  } catch (thrown) {
    if (!(thrown instanceof Interrupted || terminal.signal.aborted)) narrator.say(`the story cannot go on: ${wordsOf(thrown)}`, 'bad');
    if (!(thrown instanceof Fault || thrown instanceof Interrupted) && !terminal.signal.aborted) throw thrown;
  } finally {
    await narrator.end();
    records.close();
    if (!isKept) await stopWorld(home, () => undefined);
    process.off('exit', killAll);
  }
  if (terminal.signal.aborted)
    terminal.note(
      `interrupted after ${(performance.now() / 1000).toFixed(0)} s: everything has ended; journal and logs stay in ${named(home.folder)}`,
    );
  return code;
}

async function play(
  { home, records, narrator, runtime }: { home: Home; records: Records; narrator: Narrator; runtime: string },
  settings: DemoSettings,
): Promise<ExitCode> {
  const { terminal } = narrator;
  const seed = settings.seed === 0 ? 1 + Math.floor(Math.random() * 999_999) : settings.seed;
  narrator.title(`Conch, the whole journey of one model on one machine. Home ${named(home.folder)}, seed ${seed}.`);
  const busy = busyness();
  if (busy !== 'none')
    narrator.say(`this machine is busy with other things (${busy}): latencies will show it, and gates that judge them may too`, 'warn');
  const start = {
    port: settings.port,
    runtime: settings.runtime,
    endsWithUs: !settings.keep,
    signal: terminal.signal,
    say: (line: string) => narrator.say(line),
  };
  const there = await withLock(home, 'world', { patienceMs: 1000 }, () => startWorld(home, start));
  const gateway = there.find(({ kind }) => kind === 'gateway');
  if (!gateway?.client) throw new Fault('demo/no-gateway', 'the gateway has no port for clients', { isRetryable: false });
  narrator.say(
    `${there.map(({ kind, pid }) => `${kind} (pid ${pid})`).join(', ')} run; clients at ${gateway.client}${new URL(gateway.client).port === String(settings.port) ? '' : ` (port ${settings.port} is taken)`}`,
  );
  narrator.say('control decides, the gateway splits client traffic by weight, the agent runs and proves servers');
  narrator.say(`${runtime}; gate gpu-memory is absent on GPU class cpu`);

  const clients = new Clients({ url: gateway.client, rate: settings.rate, seed: 1, lateMs: lateMs() });
  const stage = new Play({ home, records, narrator, clients, gateway });
  try {
    narrator.say(`clients send ${settings.rate} requests a second, never twice`);
    narrator.listen(records, stage.model, clients);
    await tellStory(stage, {
      dice: seeded(seed),
      killControl: async () => {
        const control = await controlOf(home);
        if (control) process.kill(control.pid, 'SIGKILL');
      },
      startControl: async () => void (await startAgain(home, 'control', start)),
    });
  } finally {
    await clients.stop();
  }

  const verified = await verifyJournal(records);
  narrator.title('What happened');
  for (const line of summaryLines(stage.played, { lateMs: lateMs(), refused: clients.before.all.failed }, terminal)) terminal.say(line);
  terminal.say();
  stage.expect(`journal: ${formatVerified(verified)}`, verified.faults.length === 0);
  terminal.say(`journal ${named(home.journal)} (./conch journal digits${homeFlag(home)}), logs ${named(home.logs)}`);
  terminal.say();
  for (const line of byHandLines(home.folder, settings.keep)) terminal.say(line);
  terminal.say();
  const { breaches } = stage;
  narrator.say(
    breaches.length === 0 ? 'everything went as told' : `NOT as told: ${breaches.join('; ')}`,
    breaches.length === 0 ? 'good' : 'bad',
  );
  terminal.give({ played: stage.played.map(valueOf), seed, breaches, verified });
  return breaches.length === 0 ? 0 : 1;
}

function valueOf({ name, digest, told, chapter }: Played): unknown {
  const { desired, began, ended, end, why, stages } = told;
  return { name, digest, desired, began, ended, end, why, stages, clients: chapter.all };
}

/** Gates judge what clients got, whoever slowed it down: a machine that is busy already is worth a word. */
function busyness(): string | 'none' {
  const [load = 0] = loadavg();
  const processors = availableParallelism();
  return load > processors * 1.5 ? `load ${load.toFixed(1)} on ${processors} processors` : 'none';
}

async function controlOf(home: Home): Promise<Present | undefined> {
  return (await present(home, { cleans: false })).find(({ kind }) => kind === 'control');
}

/** What the contract of the example calls late. */
function lateMs(): number {
  const file = join(releaseFolder('a'), 'contract.yaml');
  const read = readContract(readFileSync(file, 'utf8'), named(file));
  if ('contract' in read) return read.contract.rollout.gates.p99.limitMs;
  throw new Fault('demo/contract', `${named(file)} cannot be read`, { isRetryable: false });
}
