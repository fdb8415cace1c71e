import { type ChildProcess, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';

// npm run check                  format, lint, types, tidy, dead code, rendered files, tests
// npm run check -- --no-tests    all but the tests

type Step = Readonly<{ name: string; command: readonly string[]; fix: string }>;
type Outcome = Readonly<{ step: Step; isOk: boolean; seconds: number; output: string }>;

const root = resolve(import.meta.dirname, '..');
const tool = (name: string) => join(root, 'node_modules/.bin', name);

/** These only read, so they run side by side. */
const steps: readonly Step[] = [
  { name: 'format', command: [tool('biome'), 'format', '.'], fix: 'npm run format' },
  { name: 'lint', command: [tool('oxlint')], fix: 'correct the code; the rules are in .oxlintrc.json' },
  { name: 'types', command: [tool('tsc'), '--noEmit', '--pretty', 'false'], fix: 'correct the code' },
  { name: 'tidy', command: [process.execPath, 'scripts/tidy.ts'], fix: 'do what each finding says' },
  { name: 'dead code', command: [tool('knip'), '--no-progress', '--no-config-hints'], fix: 'remove what nothing uses, or use it' },
];

const running = new Set<ChildProcess>();

async function main(): Promise<number> {
  const outcomes = [...(await Promise.all(steps.map(run))), await renderedOutcome()];
  const failed = outcomes.filter(({ isOk }) => !isOk).map(({ step }) => step.name);
  for (const outcome of outcomes) if (!outcome.isOk) explain(outcome);
  if (!process.argv.includes('--no-tests') && !(await testsPass())) failed.push('tests');
  console.log(failed.length === 0 ? 'check: all is well' : `check: ${failed.join(', ')} failed`);
  return failed.length === 0 ? 0 : 1;
}

async function run(step: Step): Promise<Outcome> {
  const startedMs = performance.now();
  const { code, output } = await outputOf(step.command);
  return told({ step, isOk: code === 0, seconds: (performance.now() - startedMs) / 1000, output });
}

/** What is rendered is made of the code itself, so it is read only here: code that cannot be run must not end the check. */
async function renderedOutcome(): Promise<Outcome> {
  const startedMs = performance.now();
  const output = await import('./render/pages.ts').then(
    ({ stalePages }) => stalePages(root).map(({ path }) => `${path} is not what npm run render writes`),
    (thrown: unknown) => [String(thrown)],
  );
  const step = { name: 'rendered', command: [], fix: 'npm run render' };
  return told({ step, isOk: output.length === 0, seconds: (performance.now() - startedMs) / 1000, output: output.join('\n') });
}

function told(outcome: Outcome): Outcome {
  console.log(`${outcome.isOk ? 'ok  ' : 'FAIL'}  ${outcome.step.name.padEnd(10)} ${outcome.seconds.toFixed(1).padStart(5)} s`);
  return outcome;
}

async function outputOf([command = '', ...args]: readonly string[]): Promise<{ code: number; output: string }> {
  // The tools are scripts that ask for node by name: they get the one that we run on.
  const env = { ...process.env, PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` };
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env });
  let output = '';
  const gather = (text: string) => {
    output += text;
  };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', gather);
  child.once('error', (error) => gather(`${command} could not be started: ${error.message}`));
  return { code: await codeOf(child), output };
}

async function testsPass(): Promise<boolean> {
  return (await codeOf(spawn(process.execPath, ['scripts/test.ts'], { cwd: root, stdio: 'inherit' }))) === 0;
}

async function codeOf(child: ChildProcess): Promise<number> {
  running.add(child);
  const code = await new Promise<number>((done) => child.once('close', (status) => done(status ?? 1)));
  running.delete(child);
  return code;
}

function explain({ step, output }: Outcome): void {
  console.log(`\n--- ${step.name} ---\n${output.trim()}\n\nto do: ${step.fix}\n`);
}

function endAll(): void {
  for (const child of running) child.kill('SIGTERM');
  process.exit(130);
}

process.on('SIGINT', endAll);
process.on('SIGTERM', endAll);
process.exitCode = await main();
