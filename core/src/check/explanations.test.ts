import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { everyExplanation } from './explanations.ts';
import { topicOf, topics } from './topics.ts';

const core = resolve(import.meta.dirname, '..');

/** Runtimes are found and tried outside of core. */
const runtimeFolders = ['adapters/src/runtime', 'apps/cli/src/runtime'].map((folder) => join(core, '../..', folder));

/** What rollouts and gates write beside findings are reasons, and faults have codes of their own. */
const withoutFindings = ['gates', 'journal', 'kserve', 'ports', 'rollout', 'signals', 'stats', 'traffic'];

/**
 * What looks like a code and is none; onnx/unreadable is never told, but asked for, other tools may add to OCI's files, and only a fake runtime
 * looks for its repository.
 */
const noCodes = ['conch/v1', 'linux/amd64', 'linux/arm64', 'warmup/file', 'onnx/unreadable', 'oci/unknown-field', 'runtime/no-repository'];

/** Explained by rules that do not write them yet. */
const notWritten: readonly string[] = [];

test('every code that a finding of core or of a runtime may have is explained, and no other', () => {
  deepStrictEqual(everyExplanation.map(({ code }) => code).sort(), [...new Set([...written(), ...notWritten])].sort());
});

test('no code is explained twice', () => {
  const codes = everyExplanation.map(({ code }) => code);
  strictEqual(new Set(codes).size, codes.length);
});

test('every topic says what it is about', () => {
  deepStrictEqual(
    everyExplanation.map(({ code }) => topicOf(code)).filter((topic) => !Object.hasOwn(topics, topic)),
    [],
  );
});

for (const { code, means, example, fix } of everyExplanation) {
  test(`${code} is explained in a sentence, with an example and a fix`, () => {
    ok(/^\S.*\.$/.test(means), means);
    ok(example.trim() !== '' && fix.trim() !== '' && !fix.includes('\n') && !means.includes('\n'));
  });
}

/** Rules explain their codes beside writing them, and to explain is not to write. */
const explained = /code: '[^']+',\s+severity: '[a-z]+',\s+means:/g;

/** Every code that stands in a source; those that are put together of a topic and a word, too. */
function written(): string[] {
  const texts = sources(core).map((file) => readFileSync(file, 'utf8').replace(explained, ''));
  const whole = texts.flatMap((text) => [...text.matchAll(/'([a-z]+\/[a-z][a-z0-9-]*)'/g)].map(([, code = '']) => code));
  const topics = texts.flatMap((text) => [...text.matchAll(/read(?:Yaml|Json)As\(\{ topic: '([a-z]+)'/g)].map(([, topic = '']) => topic));
  const readAs = readFileSync(join(core, 'base/read-as.ts'), 'utf8');
  const words = [...readAs.matchAll(/finding\(\s*'([a-z-]+)'|\$\{topic\}\/([a-z-]+)`/g)].map(([, one, other]) => one ?? other);
  const outside = runtimeFolders.flatMap(sources).map((file) => readFileSync(file, 'utf8'));
  const ofRuntimes = outside.flatMap((text) => [...text.matchAll(/'(runtime\/[a-z-]+)'/g)].map(([, code = '']) => code));
  return [...whole, ...ofRuntimes, ...topics.flatMap((topic) => words.map((word) => `${topic}/${word}`))].filter(
    (code) => !noCodes.includes(code),
  );
}

/** Code that finds, without tests and without the explanations themselves. */
function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(
      (path) =>
        path.endsWith('.ts') && !/\.test\.ts$|explanations\.ts$/.test(path) && !withoutFindings.includes(path.split(/[\\/]/)[0] ?? ''),
    )
    .map((path) => join(folder, path));
}
