import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { Heard, HeardProbe } from './heard.ts';
import { judgeProbe } from './judge-probe.ts';

const url = 'http://gpu-1:8000';
const answer = (status: number, body: unknown = ''): Heard => ({
  is: 'answer',
  status,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  isWhole: true,
});
const notAsked: Heard = { is: 'not-asked' };
const triton = answer(200, { name: 'triton', version: '2.51.0', extensions: ['model_repository', 'statistics'] });

/** A server that is well and has no models, but for what is said otherwise. */
const heard = (otherwise: Partial<HeardProbe> = {}): HeardProbe => ({
  url,
  live: answer(200),
  ready: answer(200),
  server: triton,
  index: answer(200, []),
  metrics: notAsked,
  versions: [],
  ...otherwise,
});
const judged = (otherwise: Partial<HeardProbe> = {}) => judgeProbe(heard(otherwise));
const said = (otherwise: Partial<HeardProbe>) => judged(otherwise).findings.map(({ severity, code }) => `${severity} ${code}`);

test('a server that is live and ready with nothing to complain of is healthy', () => {
  deepStrictEqual(judged(), {
    url,
    verdict: 'healthy',
    isLive: true,
    isReady: true,
    server: { name: 'triton', version: '2.51.0', extensions: ['model_repository', 'statistics'] },
    versions: [],
    findings: [],
  });
});

test('of a version that serves, people see what clients and operators ask for', () => {
  const config = {
    name: 'digits',
    platform: 'onnxruntime_onnx',
    backend: 'onnxruntime',
    max_batch_size: 16,
    input: [{ name: 'pixels', data_type: 'TYPE_FP32', dims: [64] }],
    output: [{ name: 'label', data_type: 'TYPE_STRING', dims: [1] }],
    dynamic_batching: { preferred_batch_size: [8], max_queue_delay_microseconds: 500 },
    instance_group: [
      { kind: 'KIND_GPU', count: 2, gpus: [0, 1] },
      { kind: 'KIND_CPU', count: 1 },
    ],
    model_transaction_policy: { decoupled: true },
  };
  const { versions, verdict } = judged({
    index: answer(200, [{ name: 'digits', version: '3', state: 'READY' }]),
    versions: [{ model: 'digits', version: '3', ready: answer(200), config: answer(200, config) }],
  });
  strictEqual(verdict, 'healthy');
  deepStrictEqual(versions?.[0]?.config, {
    platform: 'onnxruntime_onnx',
    maxBatchSize: 16,
    batching: 'dynamic',
    preferredBatchSizes: [8],
    queueDelayUs: 500,
    isDecoupled: true,
    instances: [
      { count: 4, on: 'GPU 0, 1' },
      { count: 1, on: 'CPU' },
    ],
    inputs: [{ name: 'pixels', datatype: 'FP32', shape: [64] }],
    outputs: [{ name: 'label', datatype: 'BYTES', shape: [1] }],
  });
});

test('one version that failed keeps the whole server from being ready, and is named with its reason', () => {
  const probe = judged({
    ready: answer(400),
    index: answer(200, [
      { name: 'good', version: '1', state: 'READY' },
      { name: 'broken', version: '2', state: 'UNAVAILABLE', reason: "Internal: ModuleNotFoundError: No module named 'torch'" },
    ]),
    versions: [{ model: 'good', version: '1', ready: answer(200), config: notAsked }],
  });
  strictEqual(probe.verdict, 'not-healthy');
  match(probe.findings[0]?.says ?? '', /the server is not ready: model 'broken' version 2 is not, and with strict readiness one is enough/);
  match(probe.findings[1]?.says ?? '', /^model 'broken' version 2 is UNAVAILABLE: Internal: ModuleNotFoundError/);
  match(probe.findings[1]?.fix ?? '', /install that module/);
});

test('of a reason with a stack of Python, people read the words and the innermost place', () => {
  const reason =
    "Internal: ModuleNotFoundError: No module named 'x'\n\nAt:\n  /m/1/model.py(3): <module>\n  <frozen importlib>(241): _call\n";
  const { findings, versions } = judged({ index: answer(200, [{ name: 'm', version: '1', state: 'UNAVAILABLE', reason }]) });
  strictEqual(
    findings[0]?.says,
    "model 'm' version 1 is UNAVAILABLE: Internal: ModuleNotFoundError: No module named 'x' (at /m/1/model.py(3): <module>)",
  );
  strictEqual(versions?.[0]?.reason, reason);
});

test('a version that was unloaded on purpose keeps nothing from being ready; any other reason does', () => {
  const index = (reason: string) => answer(200, [{ name: 'old', version: '1', state: 'UNAVAILABLE', reason }]);
  deepStrictEqual(said({ index: index('unloaded') }), []);
  deepStrictEqual(said({ index: index('unloaded because of a fault') }), [
    'error probe/model-not-ready',
    'warning probe/ready-all-the-same',
  ]);
});

test('what loads at this moment is waited for', () => {
  const { findings } = judged({ ready: answer(400), index: answer(200, [{ name: 'm', version: '1', state: 'LOADING' }]) });
  deepStrictEqual(
    findings.map(({ code }) => code),
    ['probe/not-ready', 'probe/model-moving'],
  );
  strictEqual(findings[1]?.fix, 'wait, and probe again');
});

test('a model known by name only is not loaded, which is no fault of a server that is ready, and likely the one of a server that is not', () => {
  const index = answer(200, [{ name: 'odd' }]);
  deepStrictEqual([judged({ index }).verdict, said({ index })], ['healthy', ['warning probe/not-loaded']]);
  const { verdict, findings } = judged({ index, ready: answer(400) });
  strictEqual(verdict, 'not-healthy');
  match(`${findings[0]?.says} ${findings[0]?.fix}`, /by name only are likely why: odd .*only in its log: look for "Poll failed/);
});

test('when nothing in the index says why, the log does', () => {
  const { findings } = judged({ ready: answer(400) });
  match(`${findings[0]?.says} ${findings[0]?.fix}`, /nothing in its index says why .*unloaded since/);
});

test('a version that is READY in the index and not when it is asked itself is an error; one that could not be asked is a word', () => {
  const index = answer(200, [{ name: 'm', version: '1', state: 'READY' }]);
  deepStrictEqual(said({ index, versions: [{ model: 'm', version: '1', ready: answer(400), config: notAsked }] }), [
    'error probe/version-not-ready',
  ]);
  deepStrictEqual(said({ index, versions: [{ model: 'm', version: '1', ready: notAsked, config: notAsked }] }), [
    'warning probe/cut-short',
  ]);
});

test('a server that could not begin is not live, and its log says why', () => {
  const { verdict, isLive, findings } = judged({ live: answer(400), ready: answer(400), index: answer(503) });
  deepStrictEqual([verdict, isLive, findings.map(({ code }) => code)], ['not-healthy', false, ['probe/not-live']]);
});

test('a server that ends is not healthy, and nothing else is held against it', () => {
  const exiting = answer(503, { error: 'Server exiting' });
  const { verdict, findings } = judged({ live: exiting, ready: exiting, server: exiting, index: exiting });
  deepStrictEqual([verdict, findings.map(({ code }) => code)], ['not-healthy', ['probe/ending']]);
});

test('a server of the same protocol without the repository extension is told as such, and judged by its health', () => {
  const server = answer(200, { name: 'mlserver', version: '1.6.1', extensions: [] });
  const probe = judged({ server, index: answer(404) });
  deepStrictEqual([probe.verdict, probe.versions], ['healthy', undefined]);
  match(probe.findings[0]?.says ?? '', /mlserver has no repository extension/);
});

test("the list of Conch's gateway is not its to give", () => {
  const server = answer(200, { name: 'conch', version: '0.1.0', extensions: [] });
  deepStrictEqual(said({ server, index: answer(403, { error: 'no' }) }), ['warning probe/gateway']);
});

test('what a restricted server keeps to itself is said with how to be let in', () => {
  const closed = answer(403, { error: "This API is restricted, expecting header 'x-key'" });
  deepStrictEqual(said({ index: closed }), ['warning probe/index-refused']);
  deepStrictEqual(said({ server: closed }), ['warning probe/no-metadata']);
  const { verdict, findings } = judged({ live: closed, ready: closed });
  deepStrictEqual([verdict, findings[0]?.code], ['unknown', 'probe/no-health']);
  match(findings[0]?.says ?? '', /expecting header 'x-key'/);
});

const elsewhere: readonly (readonly [string, Partial<HeardProbe>, string])[] = [
  ['nobody listens', { live: { is: 'refused' } }, 'probe/refused'],
  ['a name that no resolver knows', { live: { is: 'no-such-host' } }, 'probe/no-such-host'],
  ['silence', { live: { is: 'late', afterMs: 5000 } }, 'probe/late'],
  ['a connection that is closed at once', { live: { is: 'hung-up' } }, 'probe/hung-up'],
  ['TLS asked of a port that speaks none', { live: { is: 'no-tls' } }, 'probe/no-tls'],
  ['a certificate of nobody we know', { live: { is: 'certificate', says: 'self-signed' } }, 'probe/certificate'],
  ['no way there', { live: { is: 'unreachable', says: 'connect EHOSTUNREACH' } }, 'probe/unreachable'],
  ['the settings of HTTP/2', { live: { is: 'not-http', starts: '\0\0\x18\x04\0\0' } }, 'probe/grpc-port'],
  ['an alert of TLS', { live: { is: 'not-http', starts: '\x15\x03\x01' } }, 'probe/tls'],
  ['another protocol', { live: { is: 'not-http', starts: 'SSH-2.0' } }, 'probe/not-http'],
  ['empty pages with metrics beside them', { server: answer(200), metrics: answer(200, 'nv_pinned 1\n') }, 'probe/metrics-port'],
  ['nginx on a TLS port', { server: answer(400, 'The plain HTTP request was sent to HTTPS port') }, 'probe/tls'],
  ['a redirect', { server: { ...answer(302), location: 'https://login' } as Heard }, 'probe/redirect'],
  ['a proxy without a server', { live: answer(502), ready: answer(502), server: answer(502) }, 'probe/proxy'],
  ['a page that wants a password', { live: answer(401), ready: answer(401), server: answer(401) }, 'probe/forbidden'],
  ['some other web server', { server: answer(404, '<html>nope') }, 'probe/not-triton'],
  ['JSON of something else', { server: answer(200, { status: 'UP' }) }, 'probe/not-triton'],
  ['a page without end', { server: { ...answer(200, 'x'), isWhole: false } as Heard }, 'probe/not-triton'],
];

for (const [says, otherwise, code] of elsewhere) {
  test(`${says}: it could not be looked at (${code}), with where to look instead`, () => {
    const { verdict, findings } = judged(otherwise);
    deepStrictEqual([verdict, findings.map((finding) => finding.code)], ['unknown', [code]]);
    strictEqual((findings[0]?.fix ?? '') === '', false);
  });
}

test('ports that are often taken for the right one are answered with the right one', () => {
  const at = (port: number, live: Heard, server: Heard, metrics: Heard) =>
    judgeProbe({ ...heard({ live, server, metrics }), url: `http://gpu-1:${port}` }).findings[0]?.fix;
  match(at(8001, { is: 'not-http', starts: '\0\0\x18\x04' }, triton, notAsked) ?? '', /conch probe http:\/\/gpu-1:8000$/);
  match(at(8002, answer(200), answer(200), answer(200, 'nv_x 1')) ?? '', /conch probe http:\/\/gpu-1:8000$/);
});

test('an index full of oddities gives what can be read of it', () => {
  const odd = [
    null,
    7,
    'x',
    {},
    { name: 7 },
    { name: 'ok', version: 1, state: ['READY'] },
    { name: '../../etc', version: '1', state: 'READY' },
  ];
  deepStrictEqual(judged({ index: answer(200, odd) }).versions, [
    { name: 'ok', isReady: false },
    { name: '../../etc', version: '1', state: 'READY', isReady: 'unknown' },
  ]);
  for (const index of [answer(200, 'no JSON'), answer(200, {}), answer(500, 'x'), { ...answer(200, []), isWhole: false } as Heard]) {
    deepStrictEqual(said({ index }), ['warning probe/no-index']);
  }
});

test('a configuration full of oddities is shown as far as it means something', () => {
  const config = {
    platform: 7,
    max_batch_size: 'many',
    input: [null, { name: {}, dims: 'x' }],
    output: {},
    instance_group: [{ gpus: ['a'] }, 3],
  };
  const { versions } = judged({
    index: answer(200, [{ name: 'm', version: '1', state: 'READY' }]),
    versions: [{ model: 'm', version: '1', ready: answer(200), config: answer(200, config) }],
  });
  deepStrictEqual(versions?.[0]?.config?.inputs, [{ name: '', datatype: '', shape: [] }]);
  deepStrictEqual(versions?.[0]?.config?.instances, [{ count: 1, on: 'AUTO' }]);
});
