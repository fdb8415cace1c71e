import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { everyExplanation } from '#core/check/explanations.ts';
import { explain } from './commands/explain.ts';
import { fakeTerminal } from './fake-terminal.ts';

async function run(code?: string) {
  const terminal = fakeTerminal();
  const exitCode = await explain.run({ home: '.conch', ...(code === undefined ? {} : { code }) }, terminal);
  return { exitCode, said: terminal.said, noted: terminal.noted, given: terminal.given };
}

test('a code is explained with what it means, what Triton says, an example, the fix, and who was asked', async () => {
  const { exitCode, said } = await run('config/unknown-field');
  strictEqual(exitCode, 0);
  deepStrictEqual(said, [
    'config/unknown-field  error',
    '',
    'The message has no field of this name: it is misspelt, or belongs to another message. Triton then reads nothing of the file.',
    '',
    'Triton says: Message type "inference.…" has no field named "…".',
    'Example:',
    '      max_bacth_size: 8',
    'Fix:         correct the name, or move the field to the message that has it',
    'Refereed:    asked of a real tritonserver 2.51.0 (24.10)',
  ]);
});

test('what only newer servers refuse says since when', async () => {
  const { said } = await run('config/non-linear-dims');
  strictEqual(
    said.find((line) => line.startsWith('Since:')),
    'Since:       Triton 2.49; older ones take it',
  );
});

test('advice says that it is ours, and what no server was asked says why', async () => {
  strictEqual((await run('advice/no-warmup')).said.at(-1), 'Refereed:    Triton takes it; the advice is ours');
  strictEqual((await run('yaml/syntax')).said.at(-1), 'Refereed:    not asked of a server: a file of ours, which Triton does not read');
});

test('without a code all of them are listed, topic by topic, one line each', async () => {
  const { exitCode, said, given } = await run();
  strictEqual(exitCode, 0);
  match(said[0] ?? '', /^config: config\.pbtxt/);
  deepStrictEqual(
    said.flatMap((line) => /^ {2}(\S+\/\S+) +(error|warning) +\S/.exec(line)?.[1] ?? []),
    everyExplanation.map(({ code }) => code),
  );
  strictEqual(said.at(-1), `${everyExplanation.length} codes; conch explain CODE tells all of one`);
  strictEqual(given.length, everyExplanation.length);
});

test('a topic lists its own codes', async () => {
  const { said } = await run('yaml');
  deepStrictEqual(said, [
    'yaml: YAML files',
    '  yaml/syntax  error    The file is no YAML, so nothing of it was read.',
    '',
    '1 code; conch explain CODE tells all of one',
  ]);
});

test('a code that nobody writes is a mistake, and the near ones are named', async () => {
  const { exitCode, noted, given } = await run('pbtxt/unknown-field');
  strictEqual(exitCode, 2);
  strictEqual(noted[0], 'conch explain: no finding has the code "pbtxt/unknown-field"');
  match(noted[1] ?? '', /^ {4}fix: did you mean config\/unknown-field, /);
  match(JSON.stringify(given), /"near":\["config\/unknown-field"/);
  match((await run('config/unkown-feild')).noted[1] ?? '', /did you mean config\/unknown-field/);
  match((await run('unknown-enum')).noted[1] ?? '', /did you mean config\/unknown-enum/);
  strictEqual((await run('constructor')).noted[1], '    fix: conch explain lists all of them');
});

test('programs get the explanation as a value', async () => {
  const { given } = await run('yaml/syntax');
  deepStrictEqual(Object.keys(given[0] as object), ['code', 'severity', 'means', 'example', 'fix', 'unrefereed', 'refereed']);
});
