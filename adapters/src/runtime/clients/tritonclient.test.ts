import { deepStrictEqual, notStrictEqual, ok } from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { startBoth } from '../likeness/servers.ts';
import { writeClientModels } from './client-models.ts';
import { pythonWithTritonclient } from './find-tritonclient.ts';
import { type CheckResult, runSuite } from './run-suite.ts';

/** Checks whose answers differ, by how their names begin, each with the reason why they may. */
const differences: Readonly<Record<string, string>> = {
  'the server tells name version and extensions': 'each server tells its own name and version',
  'answers are had as json': "the server's name and version are among them",
  'bytes that are no text come back or are refused':
    'ONNX Runtime in Node takes strings of JavaScript: a zero byte is refused instead of cutting a text off, and other words refuse what is no UTF-8',
  'a model is told the word of its sequence':
    'tritonserver 2.51 counts two strings in the correlation id that it makes itself, and refuses its own input; the embedded runtime tells the word',
};

const loaded = [
  ...['cached', 'digits', 'flat', 'matrix', 'pair', 'types', 'versions'],
  ...['simple', 'simple_int8', 'simple_string', 'simple_identity', 'slow'],
  ...['simple_sequence', 'simple_dyna_sequence', 'simple_string_sequence'],
];

test("NVIDIA's own client finds no difference between the embedded runtime and the real tritonserver", async (t) => {
  const client = pythonWithTritonclient();
  if ('skip' in client) return t.skip(client.skip);
  const repository = writeClientModels();
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  const both = await startBoth(
    [repository],
    [
      '--model-control-mode=explicit',
      '--disable-auto-complete-config',
      '--cache-config=local,size=1048576',
      ...loaded.map((name) => `--load-model=${name}`),
    ],
  );
  if ('skip' in both) return t.skip(both.skip);
  t.after(() => Promise.all(both.map((one) => one.stop())));
  const [mine, real] = (await Promise.all(both.map((server) => runSuite(client.python, server, repository)))) as [Results, Results];
  deepStrictEqual([...mine.keys()], [...real.keys()]);
  for (const [name, result] of mine) {
    await t.test(name, () => {
      ok(result.ok, `the embedded runtime: ${result.told}`);
      const theirs = real.get(name);
      ok(theirs?.ok, `tritonserver: ${theirs?.told}`);
      const difference = Object.keys(differences).find((start) => name.startsWith(start));
      if (difference === undefined) deepStrictEqual(JSON.parse(result.told), JSON.parse(theirs.told));
      else notStrictEqual(result.told, theirs.told, `no difference any more: take it off the list (${differences[difference]})`);
    });
  }
});

type Results = ReadonlyMap<string, CheckResult>;
