import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeModels } from './models.ts';
import { ask, sameAnswers } from './question.ts';
import { get, index, ready, said, until } from './repository-control.ts';
import { startBoth } from './servers.ts';

const metadata = get('/v2/models/versions');

test('polling the repository, both find what comes, changes and goes', async (t) => {
  const all = writeModels();
  const repository = `${all}-polled`;
  t.after(() => [all, repository].forEach((folder) => rmSync(folder, { recursive: true, force: true })));
  mkdirSync(repository);
  cpSync(join(all, 'flat'), join(repository, 'flat'), { recursive: true });
  const both = await startBoth([repository], ['--model-control-mode=poll', '--repository-poll-secs=1', '--disable-auto-complete-config']);
  if ('skip' in both) return t.skip(both.skip);
  t.after(() => Promise.all(both.map((one) => one.stop())));
  const settle = (says: string, holds: (index: string) => boolean) => Promise.all(both.map((server) => until(server, says, holds)));

  await t.test('at first there is what was there', () => sameAnswers(both, [index, ready]));

  await t.test('a model that comes is loaded', async () => {
    cpSync(join(all, 'versions'), join(repository, 'versions'), { recursive: true });
    await settle('version 3 is ready', (told) => /"version":"3","state":"READY"/.test(told));
    await sameAnswers(both, [index, ready, metadata]);
  });

  await t.test('a configuration that changes is followed', async () => {
    const file = join(repository, 'versions', 'config.pbtxt');
    writeFileSync(file, readFileSync(file, 'utf8').replace('versions: [ 1, 3 ]', 'versions: [ 2 ]'));
    await settle(
      'version 1 has gone',
      (told) => /"version":"1","state":"UNAVAILABLE"/.test(told) && /"version":"2","state":"READY"/.test(told),
    );
    await sameAnswers(both, [index, ready, metadata]);
  });

  await t.test('one that becomes unreadable leaves what serves alone', async () => {
    writeFileSync(join(repository, 'flat', 'config.pbtxt'), 'nope: 1\n');
    await said(both, "Poll failed for model directory 'flat'");
    await sameAnswers(both, [
      index,
      ready,
      ['POST', '/v2/models/flat/infer', { inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [1] }] }],
    ]);
  });

  await t.test('a model that goes is unloaded', async () => {
    rmSync(join(repository, 'versions'), { recursive: true });
    await settle('it is told of no more', (told) => !told.includes('"versions"'));
    // Not ready while it goes.
    for (const server of both) while ((await ask(server, ready)).status !== 200) await sleep(100);
    await sameAnswers(both, [index, ready, metadata]);
  });
});
