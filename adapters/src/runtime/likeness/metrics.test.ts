import { deepStrictEqual } from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from 'undici';
import { writeModels } from './models.ts';
import { ask, type Question } from './question.ts';
import { index, load, settled, unload } from './repository-control.ts';
import { type LikenessServer, startBoth, startExplicit } from './servers.ts';

const asked = (value: number): Question => [
  'POST',
  '/v2/models/cached/infer',
  { inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [value] }] },
];

/** What is counted of requests, of batches and of the cache, but for times; gauges of the machine and of the moment are not compared. */
const counted =
  /^nv_(inference_(request_success|request_failure|count|exec_count|pending_request_count)|cache_num_(hits|misses)_per_model|\w+_summary\w*_count)\{/;

test('with summaries and a cache, families, labels and counts are those of the real tritonserver', async (t) => {
  const repository = writeModels();
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  const both = await startBoth(
    [repository],
    [
      ...['--model-control-mode=explicit', '--disable-auto-complete-config', '--load-model=cached', '--load-model=matrix'],
      ...['--cache-config=local,size=1048576', '--metrics-config=summary_latencies=true'],
    ],
  );
  if ('skip' in both) return t.skip(both.skip);
  t.after(() => Promise.all(both.map((one) => one.stop())));
  for (const server of both) for (const value of [1, 2, 1, 1]) deepStrictEqual((await ask(server, asked(value))).status, 200);
  const [mine, real] = await Promise.all(both.map(settledLines));
  // Which model comes first in a family is left to a hash table there.
  deepStrictEqual(mine?.map(withoutOtherValues).sort(), real?.map(withoutOtherValues).sort());
  deepStrictEqual(families(mine), families(real));
});

for (const flags of [[], ['--cache-config=local,size=1048576'], ['--metrics-config=counter_latencies=false']])
  test(`what is told of models that come, do not come and go: ${flags.join() || 'as it is'}`, async (t) => {
    const both = await startExplicit(t, writeModels(), ['--disable-auto-complete-config', ...flags]);
    if (!both) return;
    for (const question of [
      index,
      load('matrix'),
      load('unreadable'),
      load('cached'),
      unload('cached'),
      load('cached'),
      unload('matrix'),
    ]) {
      for (const server of both) {
        await ask(server, question);
        await settled(server);
      }
      await sameLines(both);
    }
    const [mine, real] = await Promise.all(both.map(headersOf));
    deepStrictEqual(mine, real);
  });

/** A request is answered a moment before it is counted. */
async function settledLines(server: LikenessServer): Promise<readonly string[]> {
  const deadlineMs = performance.now() + 10_000;
  for (;;) {
    const lines = await linesNow(server);
    if (lines.some((line) => /^nv_inference_request_success\{.*model="cached".*\} 4$/.test(line)) || performance.now() > deadlineMs)
      return lines;
    await sleep(20);
  }
}

async function sameLines([ours, theirs]: readonly [LikenessServer, LikenessServer]): Promise<void> {
  const [mine, real] = [await linesNow(ours), await linesNow(theirs)];
  deepStrictEqual(mine.map(withoutOtherValues).sort(), real.map(withoutOtherValues).sort());
}

/** Of an answer that is the same for both, whose connection stays open or is to be closed. */
const headersOf = ({ metrics }: LikenessServer): Promise<readonly object[]> =>
  Promise.all(['keep-alive', 'close'].map(async (connection) => (await request(`${metrics}/x`, { headers: { connection } })).headers));

const linesNow = async ({ metrics }: LikenessServer): Promise<readonly string[]> =>
  (await (await fetch(`${metrics}/metrics`)).text()).split('\n').filter((line) => line !== '');

const withoutOtherValues = (line: string): string => (line.startsWith('#') || counted.test(line) ? line : line.replace(/ [^ ]*$/, ''));

const families = (lines: readonly string[] | undefined): readonly string[] | undefined =>
  lines?.filter((line) => line.startsWith('# TYPE'));
