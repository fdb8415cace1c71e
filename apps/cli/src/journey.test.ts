import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { homeAt } from './home.ts';
import { isAlive, killNow, processesOf } from './process-table.ts';
import { repositoryRoot } from './repository-root.ts';

type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

/** Starts a script as people do, on servers of the embedded runtime. */
function start(script: string, args: readonly string[]): { child: ChildProcess; ended: Promise<Ended> } {
  const env = { ...process.env, CONCH_PEERS: '/nowhere', NO_COLOR: '1' };
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', resolve(repositoryRoot, script), ...args], {
    cwd: repositoryRoot,
    env,
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (err += String(chunk)));
  return { child, ended: new Promise((done) => child.once('close', (code) => done({ code, out, err }))) };
}

const conch = (...args: string[]): Promise<Ended> => start('apps/cli/src/main.ts', args).ended;

function homeFor(t: TestContext): string {
  const home = join(realpathSync(mkdtempSync(join(tmpdir(), 'conch-journey-'))), 'home');
  t.after(() => {
    for (const { pid } of processesOf(homeAt(home))) killNow(pid);
    rmSync(home, { recursive: true, force: true });
  });
  return home;
}

/** Release A with a limit that a busy machine keeps too: this is about processes, not about how quick they are. */
function patientRelease(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'conch-release-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(repositoryRoot, 'examples/digits/releases/a'), folder, { recursive: true });
  const contract = join(folder, 'contract.yaml');
  writeFileSync(contract, readFileSync(contract, 'utf8').replaceAll('40ms', '500ms').replaceAll('10ms', '200ms'));
  return folder;
}

test('up, promote with traffic, watch, status, journal, down: an ordinary day, and nothing is left running', async (t) => {
  const home = homeFor(t);
  const up = ['up', '--home', home, '--port', '0', '--runtime', 'embedded'];
  const [first, second] = await Promise.all([conch(...up), conch(...up)]);
  deepStrictEqual([first.code, second.code], [0, 0], first.err + second.err);
  strictEqual([...(first.out + second.out).matchAll(/ started, pid/g)].length, 3, 'two at once start each process once');

  const clients = start('examples/digits/send.ts', ['--home', home, '--rate', '300', '--seconds', '120']);
  t.after(() => clients.child.kill('SIGKILL'));
  const promoted = await conch('promote', 'digits', patientRelease(t), '--home', home);
  strictEqual(promoted.code, 0, promoted.err);
  match(promoted.out, /generation 1 of digits desires [0-9a-f]{12} \(the first one\)/);
  const watched = await conch('rollout', 'watch', 'digits', '--home', home);
  strictEqual(watched.code, 0, watched.out);
  for (const word of ['build', 'validate', 'canary', 'warmup', 'full-traffic', 'is stable']) ok(watched.out.includes(word), watched.out);
  match(watched.out, /p99 +pass +0\.\d % \(\d+\/\d+\) later than 500 ms/);

  clients.child.kill('SIGINT');
  const sent = await clients.ended;
  match(sent.out, /in all: sent \d+, failed \d+, right 9\d\.\d %/);
  // Refused are those alone that came before the first release.
  ok(!/failed \d+ times: (?!503 closed|404 unknown-model)/.test(sent.out), sent.out);

  const status = JSON.parse((await conch('status', '--home', home, '--output', 'json')).out);
  const [digits] = status.models;
  deepStrictEqual([digits.agrees, digits.rollout, digits.servers.known[0].substitution], [true, 'none', 'embedded for tritonserver']);
  deepStrictEqual(digits.absentGates[0], { gate: 'gpu-memory', why: 'GPU class cpu has no GPU memory' });
  const journal = await conch('journal', 'digits', '--home', home);
  strictEqual(journal.code, 0);
  match(journal.out, /every digest and every link is right/);

  const down = await conch('down', '--home', home);
  strictEqual(down.code, 0, down.err);
  match(down.out, /control has ended\ngateway has ended\nagent has ended\nnothing is left running/);
  deepStrictEqual(processesOf(homeAt(home)), []);
});

test('Ctrl-C ends a demo with everything that it has started, in one line', async (t) => {
  const home = homeFor(t);
  const { child, ended } = start('apps/cli/src/main.ts', ['demo', '--home', home, '--port', '0']);
  for (let waited = 0; processesOf(homeAt(home)).length < 4 && waited < 200; waited += 1) await wait(50);
  child.kill('SIGINT');
  const { code, err } = await ended;
  strictEqual(code, 130);
  match(err, /^interrupted after \d+ s: everything has ended; journal and logs stay in .*\n$/);
  deepStrictEqual(processesOf(homeAt(home)), []);
});

test('a demo that is killed leaves no orphans', async (t) => {
  const home = homeFor(t);
  const { child, ended } = start('apps/cli/src/main.ts', ['demo', '--home', home, '--port', '0']);
  for (let waited = 0; processesOf(homeAt(home)).length < 4 && waited < 200; waited += 1) await wait(50);
  const before = processesOf(homeAt(home));
  ok(before.length >= 4, 'there was something to be left behind');
  child.kill('SIGKILL');
  await ended;
  const left = (): number => before.filter(({ pid }) => isAlive(pid)).length;
  for (let waited = 0; left() > 0 && waited < 300; waited += 1) await wait(50);
  strictEqual(left(), 0);
});
