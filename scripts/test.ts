import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { filesUnder } from './files.ts';
import type { Tally } from './test/tally.ts';

// npm test                        everything
// npm test -- core/src/gates      only the test files whose path holds one of the words
// npm test -- --test-name-pattern=canary   what begins with a dash goes to node's test runner

const root = resolve(import.meta.dirname, '..');

/** Tests of values run fastest in one process; those that start servers and children get a process each, two at a time. */
const groups = [
  { says: 'values', folders: ['core', 'sim', 'scripts', 'examples'], flags: ['--test-isolation=none'] },
  { says: 'processes', folders: ['adapters', 'apps'], flags: ['--test-isolation=process', '--test-concurrency=2'] },
];

/** One test may take this long before it counts as failed: a hang must not hold up CI for ever. */
const testMaxMs = 300_000;

/** After Ctrl-C the tests have this long to clean up. */
const goodbyeMs = 3_000;

const running = new Set<ChildProcess>();
let isInterrupted = false;

async function main(): Promise<number> {
  const words = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
  const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'));
  const sum: Tally = { passed: 0, failed: 0, skipped: [] };
  console.log(
    'tests run, a minute or two, and some five more where the real tritonserver is there; each group tells all of it when it has ended',
  );
  // Side by side: values keep one processor busy, processes mostly wait. What each prints comes in one piece.
  const tallies = groups.map(async (group) => {
    const files = testFilesIn(group.folders).filter((file) => isWanted(file, words));
    if (files.length === 0) return;
    const { tally, output } = await runTests(files, [...group.flags, ...flags]);
    console.log(`\n${group.says}: ${files.length} test files in ${group.folders.join(', ')}\n${output}`);
    sum.passed += tally.passed;
    sum.failed += tally.failed;
    sum.skipped.push(...tally.skipped);
  });
  await Promise.all(tallies);
  if (isInterrupted) return 130;
  return conclude(sum, words);
}

function testFilesIn(folders: readonly string[]): string[] {
  return filesUnder(root, folders).filter((file) => file.endsWith('.test.ts'));
}

function isWanted(file: string, words: readonly string[]): boolean {
  const fromRoot = (word: string) => (word.startsWith('/') ? relative(root, word) : word.replace(/^\.\//, ''));
  return words.length === 0 || words.some((word) => file.includes(fromRoot(word)));
}

async function runTests(files: readonly string[], flags: readonly string[]): Promise<{ tally: Tally; output: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'conch-test-'));
  const tallyFile = join(folder, 'tally.json');
  const reporters = [
    ['--test-reporter=spec', '--test-reporter-destination=stdout'],
    [`--test-reporter=${join(import.meta.dirname, 'test/tally.ts')}`, `--test-reporter-destination=${tallyFile}`],
  ].flat();
  try {
    const { code, output } = await runNode(['--test', `--test-timeout=${testMaxMs}`, ...reporters, ...flags, ...files]);
    return { tally: blameExit(code, readTally(tallyFile)), output };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function runNode(args: readonly string[]): Promise<{ code: number; output: string }> {
  // A process group of its own: on Ctrl-C the whole of it ends, grandchildren too.
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
    // As ./conch does for what it starts: the types of a module are stripped once, not in each of some hundred processes.
    env: { NODE_COMPILE_CACHE: join(root, 'node_modules/.cache/conch'), ...process.env },
  });
  running.add(child);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (more: string) => (output += more));
  return new Promise((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => {
      running.delete(child);
      done({ code: code ?? 1, output });
    });
  });
}

function readTally(file: string): Tally | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Tally;
  } catch {
    return undefined; // the runner ended before it could write: blameExit says so
  }
}

/** A run that ended badly without a failed test to show for it counts as one failure. */
function blameExit(code: number, tally: Tally | undefined): Tally {
  if (code === 0 && tally !== undefined) return tally;
  if (tally !== undefined && tally.failed > 0) return tally;
  if (isInterrupted) return { passed: 0, failed: 0, skipped: [] };
  console.error(`the test runner ended with exit code ${code} ${tally === undefined ? 'before it was done' : 'although no test failed'}`);
  return { passed: 0, skipped: [], ...tally, failed: 1 };
}

function conclude({ passed, failed, skipped }: Tally, words: readonly string[]): number {
  console.log('');
  for (const { name, place, because } of skipped) console.log(`skipped: ${name} (${place}): ${because}`);
  if (passed + failed === 0) {
    console.log(words.length === 0 ? 'no test ran' : `no test ran: no test file's path holds ${words.join(' or ')}`);
  }
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

function endAll(): void {
  if (isInterrupted) return killGroup('SIGKILL');
  isInterrupted = true;
  killGroup('SIGTERM');
  setTimeout(() => killGroup('SIGKILL'), goodbyeMs).unref();
}

function killGroup(signal: NodeJS.Signals): void {
  for (const { pid } of running) {
    try {
      if (pid !== undefined) process.kill(-pid, signal);
    } catch {
      // It has ended already.
    }
  }
}

process.on('SIGINT', endAll);
process.on('SIGTERM', endAll);
process.on('exit', () => isInterrupted && killGroup('SIGKILL'));
process.exitCode = await main();
