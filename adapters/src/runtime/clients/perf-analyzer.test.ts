import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { type LikenessServer, startBoth } from '../likeness/servers.ts';
import { writeClientModels } from './client-models.ts';
import { findPerfAnalyzer } from './find-perf-analyzer.ts';

// NVIDIA's load generator, on its C++ client with libcurl and gRPC's C++: it asks for metadata, configuration and statistics, puts its tensors into
// requests or into shared memory, and compares what comes back.

const over = { http: ['-i', 'http', '-u', 'HTTP'], grpc: ['-i', 'grpc', '-u', 'GRPC'] } as const;

/** What it is asked to do, by a name, and how that ends: with a report, or with these words. */
const runs: readonly (readonly [says: string, args: readonly string[], fails?: RegExp])[] = [
  ['one connection over HTTP', ['-m', 'digits', ...over.http]],
  ['batches over gRPC', ['-m', 'digits', ...over.grpc, '-b', '4', '--concurrency-range', '4']],
  ['a stream of gRPC', ['-m', 'digits', ...over.grpc, '--streaming', '--concurrency-range', '4']],
  ['gRPC with gzip', ['-m', 'digits', ...over.grpc, '--grpc-compression-algorithm', 'gzip']],
  ['requests that do not wait for each other', ['-m', 'digits', ...over.http, '-a', '--concurrency-range', '8']],
  ['a rate of requests', ['-m', 'digits', ...over.http, '--request-rate-range', '100', '--request-distribution', 'poisson']],
  ['system shared memory over HTTP', ['-m', 'types', ...over.http, '--shared-memory', 'system']],
  ['system shared memory over gRPC', ['-m', 'types', ...over.grpc, '--shared-memory', 'system', '-b', '2']],
  ['tensors as JSON', ['-m', 'simple', ...over.http, '--input-tensor-format', 'json', '--output-tensor-format', 'json']],
  ['strings', ['-m', 'simple_identity', ...over.http, '--shape', 'INPUT0:3', '--string-length', '20']],
  ['sequences', ['-m', 'simple_sequence', ...over.grpc, '--streaming', '--concurrency-range', '3', '--sequence-length', '4']],
  ['sequences over HTTP', ['-m', 'simple_dyna_sequence', ...over.http, '--concurrency-range', '3', '--sequence-length', '4']],
  ['an ensemble', ['-m', 'pair', ...over.http, '--shape', 'in:3,2']],
  ['an answer from the cache', ['-m', 'cached', ...over.grpc, '--shape', 'x:4']],
  [
    'metrics beside the load',
    ['-m', 'digits', ...over.http, '--collect-metrics', '--metrics-url', 'METRICS/metrics', '--metrics-interval', '200'],
  ],
  ['outputs as they were foretold', ['-m', 'simple', ...over.http, '--input-data', 'right.json']],
  [
    'outputs unlike what was foretold',
    ['-m', 'simple', ...over.grpc, '--input-data', 'wrong.json'],
    /Output doesn't match expected output/,
  ],
  ['a batch that is too large', ['-m', 'digits', ...over.http, '-b', '17'], /batch-size must be <= 16 for 'digits'/],
  ['a version that is not there', ['-m', 'digits', ...over.grpc, '-x', '7'], /version 7 is not found/],
  ['a model that is not there', ['-m', 'nobody', ...over.http], /unknown model: 'nobody'/],
];

const loaded = ['digits', 'types', 'cached', 'pair', 'flat', 'simple', 'simple_identity', 'simple_sequence', 'simple_dyna_sequence'];

test("NVIDIA's perf_analyzer finds no difference between the embedded runtime and the real tritonserver", async (t) => {
  const analyzer = findPerfAnalyzer();
  if ('skip' in analyzer) return t.skip(analyzer.skip);
  const repository = writeClientModels();
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  const [first, second] = [[...Array(16).keys()], Array<number>(16).fill(3)] as const;
  const sum = first.map((value) => value + 3);
  const difference = first.map((value) => value - 3);
  for (const [name, told] of Object.entries({ right: difference, wrong: sum }))
    writeFileSync(
      join(repository, `${name}.json`),
      JSON.stringify({ data: [{ INPUT0: first, INPUT1: second }], validation_data: [{ OUTPUT0: sum, OUTPUT1: told }] }),
    );
  const both = await startBoth(
    [repository],
    ['--model-control-mode=explicit', '--cache-config=local,size=1048576', ...loaded.map((name) => `--load-model=${name}`)],
  );
  if ('skip' in both) return t.skip(both.skip);
  t.after(() => Promise.all(both.map((one) => one.stop())));
  for (const [says, args, fails] of runs)
    await t.test(says, async () => {
      const analyzed = analyze(analyzer, both[0], args, repository);
      // Two at once would give their shared memory the same names.
      if (args.includes('--shared-memory')) await analyzed;
      const [mine, real] = await Promise.all([analyzed, analyze(analyzer, both[1], args, repository)]);
      deepStrictEqual(mine, real);
      if (fails) match(real.says, fails);
      else strictEqual(real.code, 0, real.says);
    });
});

type Told = { readonly code: number | null; readonly says: string };

/** A real tritonserver stands still at times, and is then not stable enough for any measurement. */
const triesMax = 4;

/** What it reports, without the figures. */
async function analyze(
  { file, libraries }: { readonly file: string; readonly libraries: string },
  server: LikenessServer,
  args: readonly string[],
  folder: string,
): Promise<Told> {
  const places: Readonly<Record<string, string>> = { HTTP: server.http.slice('http://'.length), GRPC: server.grpc };
  const placed = args.map((arg) => places[arg] ?? arg.replace('METRICS', server.metrics.slice('http://'.length)));
  let told: Told = { code: null, says: '' };
  for (let tries = 0; tries < triesMax && !(told.code === 0 || /rror/.test(told.says)); tries += 1) {
    const child = spawn(file, [...placed, ...measuring], { cwd: folder, env: { LD_LIBRARY_PATH: libraries }, timeout: 60_000 });
    const code = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    told = { code: await code, says: out + err };
  }
  // Figures are the run's own, and whether a busy machine kept up; what went wrong is told to the digit.
  return told.code === 0 ? { code: 0, says: told.says.replace(ofTheMachine, '').replace(/\d+(?:\.\d+)?/g, 'N') } : told;
}

const ofTheMachine = /^.*(?:\[WARNING\]|Avg send request rate).*\n/gm;

const measuring = [
  ...['--measurement-mode', 'count_windows', '--measurement-request-count', '40', '--measurement-interval', '200'],
  ...['--stability-percentage', '999', '--max-trials', '3'],
];
