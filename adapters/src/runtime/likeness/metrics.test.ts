import { deepStrictEqual } from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeModels } from './models.ts';
import { ask, type Question } from './question.ts';
import { type LikenessServer, startBoth } from './servers.ts';

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

/** A request is answered a moment before it is counted. */
async function settledLines(server: LikenessServer): Promise<readonly string[]> {
  const deadlineMs = performance.now() + 10_000;
  for (;;) {
    const lines = (await (await fetch(`${server.metrics}/metrics`)).text()).split('\n').filter((line) => line !== '');
    if (lines.some((line) => /^nv_inference_request_success\{.*model="cached".*\} 4$/.test(line)) || performance.now() > deadlineMs)
      return lines;
    await sleep(20);
  }
}

const withoutOtherValues = (line: string): string => (line.startsWith('#') || counted.test(line) ? line : line.replace(/ [^ ]*$/, ''));

const families = (lines: readonly string[] | undefined): readonly string[] | undefined =>
  lines?.filter((line) => line.startsWith('# TYPE'));
