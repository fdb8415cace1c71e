import { deepStrictEqual, match, ok, rejects, strictEqual } from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { httpTriton } from '#adapters/triton/client.ts';
import { parsePrometheusText, sumOf } from '#core/signals/prometheus-text.ts';
import { metadata, startRuntime } from './app.ts';
import { identityRepository } from './identity-model.ts';
import type { Log } from './log.ts';
import { instancesOf } from './made-up-runtime.ts';
import { readSettings } from './settings.ts';

const releases = fileURLToPath(new URL('../../../examples/digits/releases', import.meta.url));
const image = { name: 'pixels', datatype: 'FP32', shape: [1, 64], data: Array<number>(64).fill(1) } as const;
const triton = httpTriton();
const made: string[] = [];
after(() => made.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

test('it says what it is, in the version of the package', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string };
  deepStrictEqual(metadata.version, version);
});

test('errors on purpose come for the fraction asked for, are counted as failures, and end when told', async (t) => {
  const { http, metrics, admin } = await start(t, `${releases}/a/repository`, '--admin-port=0');
  strictEqual((await put(admin, { errors: { fraction: 0.5 }, seed: 7 })).status, 200);
  const statuses = [];
  for (let count = 0; count < 40; count += 1) statuses.push((await triton.infer(http, 'digits', { inputs: [image] }, 5000)).status);
  const failed = statuses.filter((status) => status === 500).length;
  ok(failed > 8 && failed < 32, `${failed} of 40 failed`);
  strictEqual((await triton.counters(metrics, 'digits')).failed, failed);

  await put(admin, { errors: { fraction: 0.5 }, seed: 7 });
  const again = [];
  for (let count = 0; count < 40; count += 1) again.push((await triton.infer(http, 'digits', { inputs: [image] }, 5000)).status);
  deepStrictEqual(again, statuses, 'the same seed gives the same errors');

  await request(`${admin}/faults`, { method: 'DELETE' });
  strictEqual((await triton.infer(http, 'digits', { inputs: [image] }, 5000)).status, 200);
});

test('a delay on purpose shows in the answers and in the durations that the metrics tell', async (t) => {
  const { http, metrics, admin } = await start(t, `${releases}/a/repository`, '--admin-port=0');
  await put(admin, { delay: { fraction: 1, ms: 200 } });
  const started = performance.now();
  strictEqual((await triton.infer(http, 'digits', { inputs: [image] }, 5000)).status, 200);
  ok(performance.now() - started >= 195);
  ok((await scraped(metrics, 'nv_inference_request_duration_us')) >= 195_000);
});

test('GPUs that are not there are told only when they are asked for, by names that say so', async (t) => {
  const families = async (...flags: string[]) => {
    const { metrics } = await start(t, `${releases}/a/repository`, ...flags);
    const text = await (await request(`${metrics}/metrics`)).body.text();
    return [...text.matchAll(/^(nv_(?:gpu|energy)\w+)\{(.*)\} (\S+)$/gm)].map(([, name, labels, value]) => [name, labels, Number(value)]);
  };
  deepStrictEqual(await families(), []);
  const told = await families('--simulated-gpus=2:24');
  deepStrictEqual(told.map(([name, labels]) => `${name} ${labels}`).slice(0, 2), [
    'nv_gpu_utilization gpu_uuid="GPU-simulated-0"',
    'nv_gpu_utilization gpu_uuid="GPU-simulated-1"',
  ]);
  deepStrictEqual(new Set(told.map(([name]) => name)).size, 6);
  deepStrictEqual(told.find(([name]) => name === 'nv_gpu_memory_total_bytes')?.[2], 24 * 2 ** 30);
  deepStrictEqual(readSettings(['--model-repository=x', '--simulated-gpus=0']), {
    problem: "--simulated-gpus takes <count>[:<GiB>], up to 16, such as 2:24, not '0'",
  });
});

test('faults that make no sense are refused in words', async (t) => {
  const { admin } = await start(t, `${releases}/a/repository`, '--admin-port=0');
  match((await put(admin, { errors: { fraction: 30 } })).error, /errors\.fraction is not a number from 0 to 1/);
  match((await put(admin, { delays: {} })).error, /unknown: delays/);
});

test('an instance that dies fails its own requests, comes back, and the others go on', async (t) => {
  const { http, log } = await start(
    t,
    edited('c', (config) => config.replace('count: 1', 'count: 2')),
  );
  const asked = [1, 2].map(() => triton.infer(http, 'digits', { inputs: [image] }, 10_000));
  await sleep(40);
  const [victim, survivor] = instancesOf(process.pid);
  ok(victim && survivor);
  process.kill(victim, 'SIGKILL');
  const answers = await Promise.all(asked);
  deepStrictEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 500],
  );
  const failed = answers.find((answer) => 'error' in answer);
  ok(failed && 'error' in failed);
  match(failed.error, /^Failed to process the request\(s\) for model instance 'digits_0_[01]', message: its process ended by SIGKILL$/);

  await until(() => instancesOf(process.pid).length === 2 && log.some((line) => line.includes('is back')));
  ok(instancesOf(process.pid).includes(survivor));
  deepStrictEqual(
    await Promise.all([1, 2].map(async () => (await triton.infer(http, 'digits', { inputs: [image] }, 10_000)).status)),
    [200, 200],
  );
});

test('while its only instance is away the model is not ready, and requests wait for it', async (t) => {
  const { http } = await start(t, `${releases}/a/repository`);
  const [only] = instancesOf(process.pid);
  ok(only);
  process.kill(only, 'SIGKILL');
  await until(async () => !(await triton.isModelReady(http, 'digits', '1')));
  strictEqual((await triton.infer(http, 'digits', { inputs: [image] }, 10_000)).status, 200);
  strictEqual(await triton.isModelReady(http, 'digits', '1'), true);
});

test('a full queue refuses at once, and what waits is told as pending', async (t) => {
  const { http, metrics } = await start(
    t,
    edited('c', (config) =>
      config
        .replace('max_queue_size: 256', 'max_queue_size: 4')
        .replace('max_batch_size: 16', 'max_batch_size: 1')
        .replace('[ 16 ]', '[ 1 ]'),
    ),
  );
  const asked = Array.from({ length: 10 }, () => triton.infer(http, 'digits', { inputs: [image] }, 10_000));
  await until(async () => (await scraped(metrics, 'nv_inference_pending_request_count')) === 4);
  const answers = await Promise.all(asked);
  strictEqual(answers.filter(({ status }) => status === 200).length, 5);
  const refused = answers.flatMap((answer) => ('error' in answer ? [answer] : []));
  deepStrictEqual(refused, Array(5).fill({ status: 503, error: '[request id: <id_unknown>] Exceeds maximum queue size' }));
  strictEqual(await scraped(metrics, 'nv_inference_pending_request_count'), 0);
});

test('a request that waits longer than the policy allows is rejected', async (t) => {
  const policy = (config: string) =>
    config
      .replace('max_queue_size: 256', 'default_timeout_microseconds: 30000')
      .replace('max_batch_size: 16', 'max_batch_size: 1')
      .replace('[ 16 ]', '[ 1 ]');
  const { http, metrics } = await start(t, edited('c', policy));
  const answers = await Promise.all(Array.from({ length: 3 }, () => triton.infer(http, 'digits', { inputs: [image] }, 10_000)));
  deepStrictEqual(
    answers.map(({ status }) => status).toSorted((a, b) => a - b),
    [200, 503, 503],
  );
  ok(answers.some((answer) => 'error' in answer && answer.error === 'Request timeout expired'));
  strictEqual(await scraped(metrics, 'nv_inference_request_failure', { reason: 'REJECTED' }), 2);
});

test('over HTTP a request whose caller goes while it waits is computed all the same, as Triton does', async (t) => {
  const { http, metrics } = await start(
    t,
    edited('c', (config) => config.replace('max_batch_size: 16', 'max_batch_size: 1').replace('[ 16 ]', '[ 1 ]')),
  );
  const first = triton.infer(http, 'digits', { inputs: [image] }, 10_000);
  await sleep(20);
  await rejects(triton.infer(http, 'digits', { inputs: [image] }, 20), { code: 'triton/timeout' });
  strictEqual((await first).status, 200);
  await until(async () => (await scraped(metrics, 'nv_inference_exec_count')) === 2);
  strictEqual(await scraped(metrics, 'nv_inference_request_failure', { reason: 'CANCELED' }), 0);
  strictEqual(await scraped(metrics, 'nv_inference_pending_request_count'), 0);
});

test('every datatype comes back as it went in, also when rows of several requests share a batch', async (t) => {
  const datatypes = ['FP32', 'FP64', 'INT8', 'INT16', 'INT32', 'INT64', 'UINT8', 'UINT16', 'UINT32', 'UINT64', 'BOOL', 'STRING'] as const;
  const repository = identityRepository(
    datatypes.map((datatype) => ({ name: `x_${datatype.toLowerCase()}`, datatype, dims: [2] })),
    'dynamic_batching { }',
  );
  made.push(repository);
  const { http } = await start(t, repository);
  const inputs = (salt: number) => [
    ['FP32', `[0.5,${salt}.0]`],
    ['FP64', `[-1.5e-20,NaN]`],
    ['INT8', `[-128,${salt}]`],
    ['INT16', '[-32768,32767]'],
    ['INT32', '[-2147483648,2147483647]'],
    ['INT64', '[-9223372036854775808,9007199254740993]'],
    ['UINT8', '[0,255]'],
    ['UINT16', '[0,65535]'],
    ['UINT32', '[0,4294967295]'],
    ['UINT64', '[0,18446744073709551615]'],
    ['BOOL', '[true,false]'],
    ['BYTES', `["größer ${'!'.repeat(salt)}",""]`],
  ];
  const name = (datatype = '') => `x_${datatype === 'BYTES' ? 'string' : datatype.toLowerCase()}`;
  await Promise.all(
    [1, 2, 3, 4].map(async (salt) => {
      const body = `{"inputs":[${inputs(salt).map(([datatype, data]) => `{"name":"${name(datatype)}","datatype":"${datatype}","shape":[1,2],"data":${data}}`)}]}`;
      const reply = await request(`${http}/v2/models/identity/infer`, { method: 'POST', body });
      const outputs = inputs(salt).map(
        ([datatype, data]) => `{"name":"${name(datatype)}_out","datatype":"${datatype}","shape":[1,2],"data":${data}}`,
      );
      strictEqual(await reply.body.text(), `{"model_name":"identity","model_version":"1","outputs":[${outputs}]}`);
    }),
  );
});

test('what it cannot do it refuses at the load, and says so', async (t) => {
  const accelerated = 'optimization { execution_accelerators { cpu_execution_accelerator { name: "openvino" } } }';
  const { http } = await start(
    t,
    edited('a', (config) => `${config}\n${accelerated}\n`),
  );
  deepStrictEqual(await triton.index(http), [
    {
      name: 'digits',
      version: '1',
      state: 'UNAVAILABLE',
      reason: "Unsupported: conch-embedded does not do execution accelerators, which model 'digits' asks for",
    },
  ]);
  strictEqual((await request(`${http}/v2/health/ready`)).statusCode, 400);
  strictEqual((await triton.infer(http, 'digits', { inputs: [image] }, 5000)).status, 404);
});

test('a configuration that cannot be read is in the index by its name alone, and explained in the log', async (t) => {
  const { http, log } = await start(
    t,
    edited('a', (config) => config.replace('max_batch_size', 'max_bacth_size')),
  );
  deepStrictEqual(await triton.index(http), [{ name: 'digits' }]);
  const said = log.join('\n');
  match(said, /^Error parsing text-format inference\.ModelConfig: 7:1: .*max_bacth_size/m);
  match(said, /^Poll failed for model directory 'digits': failed to read text proto from .*config\.pbtxt$/m);
});

test('a missing model file is told by its path', async (t) => {
  const repository = edited('a', (config) => config);
  rmSync(join(repository, 'digits', '1', 'model.onnx'));
  const { http } = await start(t, repository);
  match(
    (await triton.index(http))[0]?.reason ?? '',
    /^Unavailable: unable to find '.*\/digits\/1\/model\.onnx' for model instance 'digits'$/,
  );
});

test('with exit-on-error a model that does not load ends it, and a repository that is not there', async (t) => {
  for (const [repository, reason] of [
    [`${releases}/e-truncated/repository`, 'failed to load all models'],
    ['/nowhere', 'failed to stat file /nowhere'],
  ] as const)
    await start(t, repository, '--exit-on-error=true').then(
      () => ok(false, 'it started'),
      (thrown: Error) => strictEqual(thrown.message, `creating server: Internal - ${reason}`),
    );
  strictEqual(instancesOf(process.pid).length, 0);
});

async function start(t: TestContext, repository: string, ...flags: string[]) {
  const settings = readSettings([
    `--model-repository=${repository}`,
    '--http-port=0',
    '--metrics-port=0',
    '--http-address=127.0.0.1',
    '--allow-grpc=false',
    ...(flags.some((flag) => flag.startsWith('--exit-on-error')) ? [] : ['--exit-on-error=false']),
    ...flags,
  ]);
  ok(!('problem' in settings), JSON.stringify(settings));
  const log: string[] = [];
  const keep = (_where: string, says: string) => void log.push(says);
  const silent: Log = { info: keep, warning: keep, error: keep, fd: 2, show: () => undefined, close: () => undefined };
  const app = await startRuntime(settings, silent);
  t.after(() => app.stop());
  return {
    http: `http://127.0.0.1:${app.httpPort}`,
    metrics: `http://127.0.0.1:${app.metricsPort}`,
    admin: `http://127.0.0.1:${app.adminPort}`,
    log,
  };
}

/** A copy of a release's repository with another configuration. */
function edited(release: string, edit: (config: string) => string): string {
  const repository = mkdtempSync(join(tmpdir(), 'conch-repository-'));
  made.push(repository);
  cpSync(`${releases}/${release}/repository`, repository, { recursive: true });
  const file = join(repository, 'digits', 'config.pbtxt');
  writeFileSync(file, edit(readFileSync(file, 'utf8')));
  return repository;
}

async function put(admin: string, faults: object): Promise<{ status: number; error: string }> {
  const reply = await request(`${admin}/faults`, { method: 'PUT', body: JSON.stringify(faults) });
  return { error: '', ...((await reply.body.json()) as object), status: reply.statusCode };
}

async function scraped(metrics: string, name: string, labels: Record<string, string> = {}): Promise<number> {
  const text = await (await request(`${metrics}/metrics`)).body.text();
  return sumOf(parsePrometheusText(text).samples, name, labels) ?? Number.NaN;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) {
    ok(performance.now() < deadline, 'it did not come true within 10 s');
    await sleep(10);
  }
}
