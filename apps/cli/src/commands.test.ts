import { deepStrictEqual, match, rejects, strictEqual } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BadValue, type Spec } from './command.ts';
import { journal } from './commands/journal.ts';
import { pack } from './commands/pack.ts';
import { promote } from './commands/promote.ts';
import { rollback } from './commands/rollback.ts';
import { status } from './commands/status.ts';
import { up } from './commands/up.ts';
import { fakeTerminal } from './fake-terminal.ts';
import { repositoryRoot } from './repository-root.ts';

const example = (name: string): string => join(repositoryRoot, 'examples/digits/releases', name);

/** Runs a command in a home of its own, and tells what came of it with the home's name taken out. */
async function run(spec: Spec, home: string, typed: Record<string, string> = {}) {
  const terminal = fakeTerminal();
  const code = await spec.run({ home, ...typed }, terminal);
  const plain = (lines: string[]): string[] => lines.flatMap((line) => line.split('\n')).map((line) => line.replaceAll(home, 'HOME'));
  return { code, said: plain(terminal.said), noted: plain(terminal.noted), given: terminal.given };
}

function emptyHome(t: TestContext): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'conch-cli-')));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

test('status of an empty home says that nothing runs, what that means, and what to do next', async (t) => {
  const { code, said } = await run(status, emptyHome(t));
  strictEqual(code, 0);
  deepStrictEqual(said, [
    'home HOME, no environment yet: conch up makes one',
    'gateway  down: clients reach nobody (start it: conch up --home HOME)',
    'agent    down: servers are neither started nor proven (start it: conch up --home HOME)',
    'control  down: nothing is decided; clients are served on, but an unfinished candidate loses its traffic when its lease runs out (start it: conch up --home HOME)',
    '',
    'no model is here yet',
    'Next: conch up --home HOME && conch promote digits examples/digits/releases/a --home HOME',
  ]);
});

test('status looks and changes nothing, not even by being the first', async (t) => {
  const home = join(emptyHome(t), 'not-there-yet');
  await run(status, home);
  strictEqual(existsSync(home), false);
});

test('a tag is refused: it can mean something else tomorrow', async (t) => {
  const home = emptyHome(t);
  await run(pack, home, { folder: example('a') });
  const { code, noted, given } = await run(promote, home, { model: 'digits', release: 'latest' });
  strictEqual(code, 1);
  match(
    noted[0] ?? '',
    /^conch promote digits latest {2}error {2}release\/mutable {2}"latest" is a name that can mean something else tomorrow/,
  );
  match(noted[1] ?? '', /fix: there are: [0-9a-f]{12}$/);
  deepStrictEqual(
    (given[0] as { findings: { code: string }[] }).findings.map((finding) => finding.code),
    ['release/mutable'],
  );
  strictEqual(existsSync(join(home, 'desired')), false);
});

test('a release is meant by its digest, by six digits or more of it, or by a folder that is packed first', async (t) => {
  const home = emptyHome(t);
  const { given } = await run(pack, home, { folder: example('a') });
  const { digest } = given[0] as { digest: string };
  const asked = async (release: string) => (await run(promote, home, { model: 'digits', release })).given[0] as Record<string, unknown>;
  deepStrictEqual((await asked(digest.slice(7, 13)))['is'], 'changed');
  deepStrictEqual((await asked(digest))['is'], 'same');
  const b = await asked(example('b'));
  deepStrictEqual([b['is'], b['isPacked'], (b['desired'] as { generation: number }).generation], ['changed', true, 2]);
  const codes = async (release: string): Promise<unknown> => ((await asked(release))['findings'] as { code: string }[])[0]?.code;
  deepStrictEqual(
    [await codes('abcdef'), await codes('sha256:ab'), await codes('no/such/folder'), await codes(join(repositoryRoot, 'examples'))],
    ['release/unknown', 'release/too-short', 'release/no-folder', 'release/no-contract'],
  );
});

test('promoting what is desired already changes nothing, and says so', async (t) => {
  const home = emptyHome(t);
  await run(promote, home, { model: 'digits', release: example('a') });
  const { code, said } = await run(promote, home, { model: 'digits', release: example('a') });
  strictEqual(code, 0);
  match(said.join('\n'), /nothing changes: [0-9a-f]{12} is desired already, and control has not begun with it yet/);
});

test('packing pieces that disagree says where, and stores nothing', async (t) => {
  const home = emptyHome(t);
  const { code, noted } = await run(pack, home, { folder: example('e-misfit') });
  strictEqual(code, 1);
  match(noted[0] ?? '', /e-misfit\/repository\/digits\/config\.pbtxt:21:11 {2}error {2}agree\/shape/);
  strictEqual(existsSync(join(home, 'store', 'index.json')), false);
});

test('an order about a model that nobody has heard of is refused, with the name that was meant', async (t) => {
  const home = emptyHome(t);
  await run(promote, home, { model: 'digits', release: example('a') });
  const { code, noted } = await run(rollback, home, { model: 'digts' });
  strictEqual(code, 1);
  deepStrictEqual(noted, ['conch rollback digts  error  model/unknown  HOME has no model "digts"', '    fix: did you mean "digits"?']);
});

test('an order while control is down is written down, and not called obeyed', async (t) => {
  const home = emptyHome(t);
  await run(promote, home, { model: 'digits', release: example('a') });
  const { code, said, given } = await run(rollback, home, { model: 'digits', reason: 'a test' });
  strictEqual(code, 1);
  match(
    said[0] ?? '',
    /^not yet {2}control is down: it will be obeyed when control is back, until \d\d:\d\d:\d\d \(start it: conch up --home HOME\)$/,
  );
  deepStrictEqual((given[0] as { outcome: string }).outcome, 'waiting');
});

test('the journal of an empty home is empty, and whole', async (t) => {
  const { code, said } = await run(journal, emptyHome(t));
  strictEqual(code, 0);
  deepStrictEqual(said, ['nothing was written down in HOME yet', '', '0 entries of 0 writers: every digest and every link is right']);
});

test('a value that cannot be is told by the flag that it was given to', async (t) => {
  const home = emptyHome(t);
  await rejects(async () => run(up, home, { port: 'eighty' }), new BadValue("--port: 'eighty' is not a whole number from 0 to 65535"));
  await rejects(async () => run(status, home, { output: 'xml' }), new BadValue("--output: 'xml' is not one of: text, json"));
  await rejects(async () => run(promote, home, { model: '../x', release: 'latest' }), /MODEL: '\.\.\/x' cannot be a model's name/);
});

test('mistakes of people end with exit code 2, one line, where to read on, and no stack trace', () => {
  const conch = (...args: string[]) => {
    const main = resolve(import.meta.dirname, 'main.ts');
    const { status: code, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...args], {
      encoding: 'utf8',
    });
    return [code, stderr.trimEnd().split('\n')];
  };
  deepStrictEqual(conch('promot'), [2, ["error: unknown command 'promot'", '(Did you mean promote?)', 'Read on with: conch --help']]);
  deepStrictEqual(conch('promote', 'digits'), [2, ["error: missing required argument 'RELEASE'", 'Read on with: conch promote --help']]);
  deepStrictEqual(conch('status', '--output', 'xml'), [
    2,
    ["conch status: --output: 'xml' is not one of: text, json", 'Read on with: conch status --help'],
  ]);
});

test('a file that is no database is told by its name, without a stack trace', async (t) => {
  const home = emptyHome(t);
  writeFileSync(join(home, 'control.sqlite'), 'this is not a database, and long enough to be looked at as one'.repeat(20));
  await rejects(async () => run(status, home), /control\.sqlite cannot be/);
});
