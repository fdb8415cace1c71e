import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { installedTritonserver } from '#adapters/runtime/find-tritonserver.ts';
import { homeAt } from './home.ts';
import { killNow, processesOf } from './process-table.ts';
import { repositoryRoot } from './repository-root.ts';

// The reviews example on a real tritonserver: our own runtime runs no Python.
const isThere = installedTritonserver() !== undefined;
if (!isThere && process.env.CONCH_CI === '1')
  throw new Error('tritonserver is not installed, and CONCH_CI=1 allows no skipping: run scripts/peers/tritonserver.sh');
const skip = !isThere && 'tritonserver is not installed: run scripts/peers/tritonserver.sh';

type Ended = { readonly code: number | null; readonly out: string };

function start(script: string, args: readonly string[]): { child: ChildProcessWithoutNullStreams; ended: Promise<Ended> } {
  const flags = ['--disable-warning=ExperimentalWarning', resolve(repositoryRoot, script), ...args];
  const child = spawn(process.execPath, flags, { cwd: repositoryRoot, env: { ...process.env, NO_COLOR: '1' } });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (out += String(chunk)));
  return { child, ended: new Promise((done) => child.once('close', (code) => done({ code, out }))) };
}

/** A world with clients, and the releases of the example with limits that a busy machine keeps too. */
async function worldOf(t: TestContext) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'conch-tokenizer-')));
  const home = join(folder, 'home');
  mkdirSync(home);
  t.after(() => {
    for (const { pid } of processesOf(homeAt(home))) killNow(pid);
    rmSync(folder, { recursive: true, force: true });
  });
  const conch = (...args: string[]): Promise<Ended> => start('apps/cli/src/main.ts', [...args, '--home', home]).ended;
  const agent = start('apps/agent/src/main.ts', ['--home', home, '--runtime', 'tritonserver']);
  await Promise.race([agent.ended.then(({ out }) => Promise.reject(new Error(out))), once(agent.child.stdout, 'data')]);
  const up = await conch('up', '--port', '0');
  strictEqual(up.code, 0, up.out);
  const clients = start('examples/reviews/send.ts', ['--home', home, '--rate', '100', '--seconds', '230']);
  t.after(() => clients.child.kill('SIGKILL'));

  const promote = async (name: string): Promise<{ release: string; told: string }> => {
    const release = join(folder, name);
    cpSync(join(repositoryRoot, 'examples/reviews/releases', name), release, { recursive: true });
    const contract = join(release, 'contract.yaml');
    writeFileSync(contract, readFileSync(contract, 'utf8').replaceAll('250ms', '2s').replaceAll('100ms', '1s'));
    const promoted = await conch('promote', 'reviews', release);
    strictEqual(promoted.code, 0, promoted.out);
    const told = (await conch('rollout', 'watch', 'reviews')).out;
    return { release: /packed \S+ as (\w+)/.exec(promoted.out)?.[1] ?? '', told };
  };
  return { home, conch, clients, promote };
}

test('a tokenizer is released, breaks in three ways and comes back, by itself', { skip, timeout: 240_000 }, async (t) => {
  const { home, conch, clients, promote } = await worldOf(t);
  const a = await promote('a');
  match(a.told, /release \w+ is stable/);

  const b = await promote('b-tokenizer');
  match(b.told, /every part is present by digest, serving digest \w+; other than in stable: processing\n/);
  match(b.told, /60 of 60 golden answers have the right label, stable 47 of 60/);
  match(b.told, /release \w+ is stable/);

  // Every word has its neighbour's number: no answer is what the training expects.
  const shifted = await promote('c-broken-tokenizer');
  match(shifted.told, /rejected +golden case review-\d+, output (LABEL|SCORE)\[0\]: got .*, expected /);

  // All golden cases are plain ASCII, and what clients write is not.
  const ascii = await promote('c2-ascii-tokenizer');
  match(ascii.told, /60 of 60 golden answers have the right label.*traffic begins at 25 %/);
  // A batch fails as a whole: where golden requests share one with such a text, correctness may fall first.
  match(ascii.told, /rollback +gate (errors|correctness) fails: /);
  for (const part of ['route', 'artifact', 'config', 'runtime', 'engine', 'processing'])
    match(ascii.told, new RegExp(` ${part} +verified `));
  match(ascii.told, new RegExp(`clients are on release ${b.release}`));

  const dying = await promote('d-dying-tokenizer');
  const why =
    /reviews_tokens: Internal: ModuleNotFoundError: No module named 'sentencepiece' \(reviews_tokens\/1\/tokenizer\.py, line \d+\)/;
  match(dying.told, why);
  const status = await conch('status');
  match(status.out, why);
  match(status.out, new RegExp(`stable +${b.release}, 1 server on cpu\n`));

  const back = await conch('rollback', 'reviews', '--reason', 'the tokenizer before was good enough');
  strictEqual(back.code, 0, back.out);
  match(back.out, new RegExp(`clients are on release ${a.release}`));
  // Its own tokenizer again, and the same artifact: seen on the server, not assumed.
  const observed = (told: string, part: string): string => new RegExp(` ${part} +verified +(\\w+) observed`).exec(told)?.[1] ?? part;
  strictEqual(observed(back.out, 'artifact'), observed(ascii.told, 'artifact'));
  notStrictEqual(observed(back.out, 'processing'), observed(ascii.told, 'processing'));
  match((await conch('journal', 'reviews')).out, /every digest and every link is right/);

  clients.child.kill('SIGINT');
  const { out: sent } = await clients.ended;
  const answeredBy = [...sent.matchAll(/answered by release (\w+)/g)].map(([, release]) => release);
  for (const one of [a, b, ascii]) ok(answeredBy.includes(one.release), sent);
  for (const one of [shifted, dying]) ok(!answeredBy.includes(one.release), sent);

  const down = await conch('down');
  match(down.out, /nothing is left running/);
  deepStrictEqual(processesOf(homeAt(home)), []);
});
