import { readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeModels } from './models.ts';
import { type Question, sameAnswers } from './question.ts';
import { comparable, get, load } from './repository-control.ts';
import { startBoth } from './servers.ts';

type Controls = { readonly id?: unknown; readonly start?: boolean; readonly end?: boolean };

const asked = (model: string, value: number, { id, start, end }: Controls, shape = [1, 1]): Question => [
  'POST',
  `/v2/models/${model}/infer`,
  {
    id: `r${value}`,
    inputs: [{ name: 'x', datatype: 'FP32', shape, data: Array(shape.reduce((product, dim) => product * dim, 1)).fill(value) }],
    parameters: {
      ...(id === undefined ? {} : { sequence_id: id }),
      ...(start === undefined ? {} : { sequence_start: start }),
      ...(end === undefined ? {} : { sequence_end: end }),
    },
  },
];

const story = (model: string): readonly Question[] => [
  asked(model, 1, {}),
  asked(model, 2, { id: 7 }),
  asked(model, 3, { id: 7, start: true }),
  asked(model, 4, { id: 7 }),
  asked(model, 5, { id: 8, start: true }),
  asked(model, 6, { id: 7, end: true }),
  asked(model, 7, { id: 7 }),
  asked(model, 8, { id: 8, start: true }),
  asked(model, 9, { id: 8, end: true }),
  asked(model, 10, { id: 9, start: true, end: true }),
  asked(model, 11, { id: 9 }),
  asked(model, 12, { id: 0, start: true }),
  asked(model, 13, { id: 10, start: true }, [2, 1]),
  asked(model, 14, { id: 'text', start: true }),
];

test('sequences go as with the real tritonserver: what is refused, what the controls say, and what a new start does', async (t) => {
  const repository = writeModels();
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  const both = await startBoth(
    [repository],
    ['--model-control-mode=explicit', '--disable-auto-complete-config', '--load-model=direct', '--load-model=oldest'],
  );
  if ('skip' in both) return t.skip(both.skip);
  t.after(() => Promise.all(both.map((one) => one.stop())));
  for (const model of ['direct', 'oldest']) {
    await t.test(`strategy ${model}`, () => sameAnswers(both, story(model)));
    await t.test(`strategy ${model}, loaded again where nothing but the time of its configuration is new`, async () => {
      await sameAnswers(both, [asked(model, 15, { id: 11, start: true })]);
      utimesSync(join(repository, model, 'config.pbtxt'), 0, 0);
      const questions = [load(model), asked(model, 16, { id: 11 }), get(`/v2/models/${model}/stats`)];
      await sameAnswers(both, questions, comparable);
    });
    await t.test(`strategy ${model}, while instances come and go`, async () => {
      const file = join(repository, model, 'config.pbtxt');
      const config = readFileSync(file, 'utf8');
      const ids = [21, 22, 23, 24];
      await sameAnswers(both, [asked(model, 16, { id: 11, end: true }), asked(model, 16, { id: 'text', end: true })]);
      for (const count of [2, 3, 1, 2]) {
        await sameAnswers(both, [asked(model, 17, { id: 20 + count, start: true })]);
        writeFileSync(file, config.replace('count: 1', `count: ${count}`));
        const questions = [load(model), ...ids.map((id) => asked(model, id, { id })), get(`/v2/models/${model}/stats`)];
        await sameAnswers(both, questions, comparable);
      }
      await sameAnswers(
        both,
        [...ids, ...ids].map((id) => asked(model, id, { id, end: true })),
      );
    });
  }
});
