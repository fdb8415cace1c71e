import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeModels } from './models.ts';
import { type Question, sameAnswers } from './question.ts';
import { comparable, get, index, load, ready, said } from './repository-control.ts';
import { endsOf, startExplicit } from './servers.ts';

for (const flags of [
  ['--log-format=ISO8601'],
  ['--log-format=default', '--log-info=false'],
  ['--log-error=off', '--log-warning=0', '--log-verbose=true'],
  ['--log-info=TRUE', '--log-verbose=-1'],
])
  test(`what flags say of the log holds from the start: ${flags.join(' ')}`, async (t) => {
    const both = await startExplicit(t, writeModels(), ['--disable-auto-complete-config', '--load-model=flat', ...flags]);
    if (!both) return;
    await sameAnswers(both, [get('/v2/logging'), load('nope')]);
    if (!flags.includes('--log-error=off')) await said(both, "failed to poll model 'nope'");
    const [mine, real] = both.map((server) => linesOfModels(server.log()));
    deepStrictEqual(mine, real);
  });

test('what is restricted is refused without its header, which is its very value', async (t) => {
  const flags = ['--http-restricted-api=health,metadata,model-config,inference:adminkey=adminvalue'];
  const others = ['--http-restricted-api=statistics,model-repository,shared-memory,trace,logging:k2=v2'];
  const both = await startExplicit(t, writeModels(), ['--disable-auto-complete-config', '--load-model=flat', ...flags, ...others]);
  if (!both) return;
  const headers = [
    {},
    { adminkey: 'adminvalue' },
    { AdminKey: 'adminvalue' },
    { adminkey: 'adminvalue ' },
    { adminkey: 'other', k2: 'v2' },
  ];
  const gets = ['/health/live', '/models/flat', '/models/flat/ready', '/models/flat/config', '/models/stats', '/models/nope', '/logging'];
  const posts = ['/repository/index', '/models/flat/infer', '/models/flat/generate', '/models/flat/generate_stream', '/trace/setting'];
  const asked = headers.flatMap((header) => [
    ...gets.map((path): Question => ['GET', `/v2${path}`, undefined, header]),
    ...posts.map((path): Question => ['POST', `/v2${path}`, '{}', header]),
    ...['/health/live', '/models/flat/infer'].map((path): Question => ['PUT', `/v2${path}`, undefined, header]),
  ]);
  await sameAnswers(both, asked, comparable);
});

for (const flags of [
  ['--model-control-mode=explicit', '--load-model=*', '--load-model=flat'],
  ['--cache-config=local,size=0'],
  ['--cache-config=local,size=191'],
  ['--response-cache-byte-size=0'],
  ['--response-cache-byte-size=4096', '--cache-config=local,size=4096'],
])
  test(`flags that it cannot serve with end it: ${flags.join(' ')}`, async (t) => {
    const repository = writeModels();
    t.after(() => rmSync(repository, { recursive: true, force: true }));
    const ends = await endsOf([repository], flags);
    if ('skip' in ends) return t.skip(ends.skip);
    const [mine, real] = ends;
    strictEqual(mine?.code, real?.code);
    strictEqual(wordsIn(mine?.says), wordsIn(real?.says));
  });

/** What is wrong with a flag each tells under a name of its own. */
const wordsIn = (says: string | undefined): string | undefined => says?.replace(/^(Error|conch-embedded): /, '');

for (const flags of [
  ['--load-model=*', '--load-model=*'],
  ['--load-model=*', '--load-model=flat', '--exit-on-error=false'],
  ['--cache-config=local,size=192'],
])
  test(`flags that it serves with: ${flags.join(' ')}`, async (t) => {
    const [all, alone] = [writeModels(), mkdtempSync(join(tmpdir(), 'conch-flags-'))];
    cpSync(join(all, 'flat'), join(alone, 'flat'), { recursive: true });
    rmSync(all, { recursive: true });
    const both = await startExplicit(t, alone, ['--disable-auto-complete-config', ...flags]);
    if (!both) return;
    await sameAnswers(both, [index, ready, get('/v2/health/live'), get('/v2/models/flat')]);
  });

/** Whatever there is of times, processes and places in a line stands as its form. */
const linesOfModels = (lines: readonly string[]): readonly string[] =>
  lines
    .filter((line) => /"(loading: |successfully loaded |failed to poll )/.test(line))
    .map((line) =>
      line
        .replace(/ \d+ [^\]]+\] /, ' PROCESS PLACE] ')
        .replace(/\d{4}-\d\d-\d\dT|\d{4} /, 'DAY ')
        .replace(/\d\d:\d\d:\d\d(\.\d{6})?/, 'TIME'),
    )
    .toSorted();
