import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { request } from 'undici';
import { parseJson } from '#core/kserve/json.ts';
import { embedded } from './embedded.ts';
import { digitsRelease } from './golden-answers.ts';
import { live } from './runtime-contract.ts';
import { installedTritonserver, tritonserverAt } from './find-tritonserver.ts';
import { tritonserver } from './tritonserver.ts';

/** One question for both runtimes: method, path, and a body that is sent as it stands or as JSON. */
type Question = readonly [method: string, path: string, body?: unknown];

const ones = (count: number) => Array<number>(count).fill(1);
const pixels = { name: 'pixels', datatype: 'FP32', shape: [1, 64], data: ones(64) };
const asked = (input: object = {}, rest: object = {}) => ({ inputs: [{ ...pixels, ...input }], ...rest });
const infer = '/v2/models/digits/infer';
const inferred = (...bodies: unknown[]): Question[] => bodies.map((body) => ['POST', infer, body]);
const withFirst = (first: string) => `{"inputs":[{"name":"pixels","datatype":"FP32","shape":[1,64],"data":[${first}${',1'.repeat(63)}]}]}`;

const questions: Readonly<Record<string, readonly Question[]>> = {
  'health, readiness and metadata': [
    ...['/v2/health/live', '/v2/health/ready', '/v2/health/live?x=1', '/v2/models/digits', '/v2/models/digits?x=1'].map(
      (path): Question => ['GET', path],
    ),
    ...['', '/versions/1', '/versions/2', '/versions/x'].map((version): Question => ['GET', `/v2/models/digits${version}`]),
    ...['', '/versions/1', '/versions/2'].map((version): Question => ['GET', `/v2/models/digits${version}/ready`]),
    ...[
      '/v2/models/nope',
      '/v2/models/nope/ready',
      '/v2/models/nope/config',
      '/v2/models/nope/stats',
      '/v2/models/digits/versions/2/stats',
    ].map((path): Question => ['GET', path]),
  ],
  'paths and methods that are not there': [
    ...[
      '/',
      '/v2/',
      '/nope',
      '/v2/models',
      '/v2/models//ready',
      '/v2/models/a/b/c',
      '/v2/models/digits/',
      '/v2/models/di%67its/ready',
      '/metrics',
    ].map((path): Question => ['GET', path]),
    ...['/v2', '/v2/health/ready', '/v2/models/digits/stats'].map((path): Question => ['POST', path, '']),
    ['GET', infer],
    ['PUT', infer, asked()],
    ['DELETE', '/v2/models/digits'],
    ['GET', '/v2/repository/index'],
    ['GET', '/v2/repository/models/digits/load'],
  ],
  'the repository': [
    ...['', '{}', '{"ready":true}', '{"ready":false}', '{"ready":1}', '{'].map((body): Question => ['POST', '/v2/repository/index', body]),
    ...['digits/load', 'digits/unload', 'nope/load', 'nope/unload'].map((path): Question => ['POST', `/v2/repository/models/${path}`, '']),
  ],
  'good requests': inferred(
    asked(),
    asked({}, { id: 'with "quotes" and é' }),
    asked({}, { id: '' }),
    asked({ shape: [16, 64], data: ones(16 * 64) }),
    asked({ data: [ones(64)] }),
    asked({ data: [ones(63), 1] }),
    asked({ data: ones(64).map(() => 0.5) }),
    asked({ parameters: {} }),
    asked({ parameters: 'x' }),
    asked({}, { outputs: [] }),
    asked({}, { outputs: [{ name: 'probabilities' }] }),
    asked({}, { outputs: [{ name: 'probabilities' }, { name: 'probabilities' }] }),
    asked({}, { outputs: [{ name: 'probabilities', parameters: { binary_data: false } }] }),
    asked({}, { parameters: { custom: 'x', n: 3, half: 0.5 } }),
    asked({}, { parameters: { priority: 1, timeout: 100, sequence_id: 5 } }),
    asked({}, { unknown: 'x' }),
    withFirst('NaN'),
    withFirst('-Infinity'),
    withFirst('1e39'),
    `${JSON.stringify(asked())} `,
  ),
  'other models and versions': [
    ['POST', '/v2/models/digits/versions/1/infer', asked({}, { id: 'abc' })],
    ['POST', '/v2/models/digits/versions/2/infer', asked()],
    ['POST', '/v2/models/nope/infer', asked()],
    ['POST', '/v2/models/nope/infer', '{'],
  ],
  'requests of the wrong form': inferred(
    '{',
    'hello',
    '[]',
    '{}',
    'null',
    '"x"',
    ' ',
    '{"a":1,}',
    '{"a" 1}',
    '[1 2]',
    '{"a":01}',
    '{"a":nan}',
    '"ab',
    `${JSON.stringify(asked())}x`,
    { inputs: {} },
    { inputs: null },
    { inputs: [] },
    { inputs: [1] },
    { inputs: [{}] },
    { inputs: [{ name: 'pixels' }] },
    asked({ name: undefined }),
    asked({ name: 7 }),
    asked({ datatype: undefined }),
    asked({ datatype: 7 }),
    asked({ datatype: 'NOPE' }),
    asked({ datatype: 'FP16' }),
    ...[undefined, null, 'x', [-1, 64], [1.5, 64], ['1', 64]].map((shape) => asked({ shape })),
    ...[undefined, null, 'x', {}, 1, [], [[]], ones(63), ones(128), ones(64).map(String), ones(64).map(() => true), [ones(32), 'x']].map(
      (data) => asked({ data }),
    ),
    asked({ parameters: { binary_data_size: 256 } }),
    asked({}, { id: 7 }),
    asked({}, { id: null }),
    ...['x', null, { x: [1] }, { x: null }, { priority: -1 }, { timeout: 'x' }, { sequence_start: 1 }, { triton_x: 1 }].map((parameters) =>
      asked({}, { parameters }),
    ),
    ...['x', {}, null, [7], [{}], [{ name: 7 }], [{ name: 'nope' }], [{ name: 'probabilities', parameters: { binary_data: 'x' } }]].map(
      (outputs) => asked({}, { outputs }),
    ),
  ),
  'requests that the model cannot take': inferred(
    asked({ name: 'pixel' }, { id: 'r1' }),
    asked({ datatype: 'INT32' }),
    asked({ datatype: 'INT32' }, { id: 'r1' }),
    asked({ datatype: 'INT32', shape: [1, 63], data: ones(63) }),
    asked({ datatype: 'INT32', shape: [17, 64], data: ones(17 * 64) }),
    asked({ datatype: 'INT32', data: ones(64).map(() => 1.5) }),
    asked({ datatype: 'UINT8', data: ones(64).map(() => -1) }),
    asked({ datatype: 'UINT8', data: ones(64).map(() => 300) }),
    asked({ datatype: 'BYTES' }),
    asked({ datatype: 'BYTES', data: ones(64).map(String) }),
    asked({ datatype: 'BOOL' }),
    asked({ shape: [1, 63], data: ones(63) }),
    asked({ shape: [64] }),
    asked({ shape: [] }),
    asked({ shape: [1, 8, 8] }),
    asked({ shape: [0, 64], data: [] }),
    asked({ shape: [17, 64], data: ones(17 * 64) }, { id: 'big' }),
    asked({ name: 'x' }, { outputs: [{ name: 'nope' }] }),
    { inputs: [], outputs: [{ name: 'nope' }] },
    { inputs: [pixels, pixels] },
    { inputs: [pixels, { ...pixels, name: 'other' }], id: 'q' },
  ),
};

test('the embedded runtime answers as the real tritonserver does', async (t) => {
  const home = installedTritonserver();
  if (!home) {
    if (process.env.CONCH_CI === '1')
      throw new Error('tritonserver is not installed, and CONCH_CI=1 allows no skipping: run scripts/peers/tritonserver.sh');
    return t.skip('tritonserver is not installed: run scripts/peers/tritonserver.sh');
  }
  const { repository } = digitsRelease('a');
  const [ours, real] = await Promise.all(
    [embedded(), tritonserver({ found: tritonserverAt(`${home}/bin/tritonserver`, 'installed') })].map(async (runtime) => {
      const running = await runtime.start({ id: runtime.name, repository, model: 'digits' });
      t.after(() => running.stop(0));
      return live(running);
    }),
  );
  for (const [says, list] of Object.entries(questions)) await t.test(says, () => same(ours?.http ?? '', real?.http ?? '', list));

  await t.test('the effective configuration, but for the name of the backend library', async () => {
    const [mine, theirs] = await Promise.all(
      [ours, real].map(async (one) => JSON.parse((await ask(one?.http ?? '', ['GET', '/v2/models/digits/config'])).body)),
    );
    deepStrictEqual(mine, { ...theirs, runtime: '' });
  });

  await t.test('statistics and metrics, by their names', async () => {
    const [mine, theirs] = await Promise.all(
      [ours, real].map(async (one) => shapeOf(JSON.parse((await ask(one?.http ?? '', ['GET', '/v2/models/stats'])).body))),
    );
    deepStrictEqual(mine, theirs);
    const [lines, realLines] = await Promise.all(
      [ours, real].map(async (one) =>
        (await ask(one?.metrics ?? '', ['GET', '/metrics'])).body.split('\n').map((line) => line.replace(/ [^ ]*$/, '')),
      ),
    );
    deepStrictEqual(lines, realLines);
  });
});

async function same(ours: string, real: string, list: readonly Question[]): Promise<void> {
  for (const question of list) {
    const [mine, theirs] = await Promise.all([ask(ours, question), ask(real, question)]);
    deepStrictEqual(
      { ...mine, body: meaningOf(mine.body) },
      { ...theirs, body: meaningOf(theirs.body) },
      JSON.stringify(question).slice(0, 300),
    );
  }
}

async function ask(
  base: string,
  [method, path, body]: Question,
): Promise<{ status: number; type: unknown; headers: string; body: string }> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const reply = await request(base + path, { method, ...(text === undefined ? {} : { body: text }) });
  return {
    status: reply.statusCode,
    type: reply.headers['content-type'],
    headers: Object.keys(reply.headers).sort().join(),
    body: await reply.body.text(),
  };
}

/** Two texts may write one number differently: with the fewest digits, or with all. */
function meaningOf(body: string): unknown {
  const parsed = parseJson(body);
  return 'value' in parsed ? parsed.value : body;
}

/** The same JSON without its numbers and with one item per list. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, shapeOf(item)]));
}
