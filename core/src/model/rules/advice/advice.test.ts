import { deepStrictEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { answered, isUnseen } from '../../../base/asking.ts';
import { Repository } from '../../check-repository.ts';
import { type Conditions, defaultSettings } from '../../conditions.ts';
import { type MadeUpFiles, madeUpTree } from '../../made-up-tree.ts';

const conditions: Conditions = { triton: { major: 2, minor: 51 }, gpus: 'some', server: defaultSettings, backends: 'judged' };

/** The codes of the warnings about one model. */
function advice(config: string, files: MadeUpFiles = {}): string[] {
  const report = answered(new Repository('r', conditions).check('m'), madeUpTree({ 'r/m/config.pbtxt': config, 'r/m/1/x': 'x', ...files }));
  ok(!isUnseen(report));
  return report.findings.filter(({ severity }) => severity === 'warning').map(({ code }) => code);
}

const whole = `
  backend: "identity"
  max_batch_size: 8
  input { name: "x" data_type: TYPE_FP32 dims: [ 4 ] }
  output { name: "y" data_type: TYPE_FP32 dims: [ 4 ] }
  version_policy { specific { versions: [ 1 ] } }
  instance_group { kind: KIND_CPU count: 1 }`;

test('a complete configuration gets no advice', () => {
  deepStrictEqual(advice(`${whole}\ndynamic_batching { default_queue_policy { max_queue_size: 64 } }`), []);
});

const cases: readonly (readonly [code: string, config: string, files?: MadeUpFiles])[] = [
  ['advice/queue-unbounded', `${whole}\ndynamic_batching { }`],
  [
    'advice/preferred-size-never-waits',
    `${whole}\ndynamic_batching { preferred_batch_size: 4 default_queue_policy { max_queue_size: 1 } }`,
  ],
  ['advice/delay-without-timeout', `${whole}\ndynamic_batching { default_queue_policy { timeout_action: DELAY max_queue_size: 1 } }`],
  ['advice/priority-ignored', `${whole}\ndynamic_batching { default_priority_level: 1 default_queue_policy { max_queue_size: 1 } }`],
  ['advice/batching-without-batch', `${whole.replace('8', '0')}\ndynamic_batching { default_queue_policy { max_queue_size: 1 } }`],
  ['advice/ragged-without-batching', whole.replace('8', '0').replace('dims: [ 4 ]', 'dims: [ 4 ] allow_ragged_batch: true')],
  ['advice/open-dims-not-ragged', `${whole.replace('[ 4 ]', '[ -1 ]')}\ndynamic_batching { default_queue_policy { max_queue_size: 1 } }`],
  ['advice/batch-dimension-written', whole.replace('[ 4 ]', '[ 1, 3, 8, 8 ]')],
  [
    'advice/no-warmup',
    whole.replace('KIND_CPU', 'KIND_GPU').replace('identity', 'tensorrt'),
    { 'r/m/1/model.plan': 'ftrt'.padEnd(64, '\0') },
  ],
  ['advice/instance-kind-open', whole.replace('kind: KIND_CPU', '')],
  ['advice/instance-count', whole.replace('count: 1', 'count: -1')],
  ['advice/instances-many', whole.replace('count: 1', 'count: 5000')],
  ['advice/all-passive', whole.replace('count: 1', 'passive: true')],
  ['advice/sequence-without-control', `${whole}\nsequence_batching { }`],
  ['advice/version-not-pinned', whole.replace(/version_policy.*/, ''), { 'r/m/2/x': 'x' }],
  ['advice/mutable-path', `${whole}\nparameters { key: "tokenizer" value { string_value: "s3://bucket/tokenizer" } }`],
  ['advice/secret', `${whole}\nparameters { key: "api_key" value { string_value: "abcdef123" } }`],
  ['advice/host-path', `${whole}\nmodel_operations { op_library_filename: "/home/me/ops.so" }`],
  ['advice/stray-file', whole, { 'r/m/.DS_Store': '' }],
  ['advice/case-collision', whole, { 'r/m/a.txt': '', 'r/m/A.txt': '' }],
  ['advice/cache-without-server', `${whole}\nresponse_cache { enable: true }`],
  ['advice/decoupled-http', `${whole}\nmodel_transaction_policy { decoupled: true }`],
  ['advice/rate-limiter-off', whole.replace('count: 1', 'count: 1 rate_limiter { priority: 1 }')],
  ['advice/tensor-name-twice', `${whole}\ninput { name: "x" data_type: TYPE_FP32 dims: 1 }`],
  ['advice/warmup-skipped', `${whole}\nmodel_warmup { name: "w" }`],
];

for (const [code, config, files] of cases) {
  test(`${code} is given where it should be, alone`, () => deepStrictEqual(advice(config, files), [code]));
}

test('a digest, a path inside the model and a word such as "token_count" are no secrets and no mutable paths', () => {
  const parameters = ['tokenizer/vocab.txt', 'registry.example.com/a@sha256:' + 'a'.repeat(64), 'true'].map(
    (value, index) => `parameters { key: "p${index}" value { string_value: "${value}" } }`,
  );
  deepStrictEqual(
    advice(`${whole}\n${parameters.join('\n')}\nparameters { key: "max_token_count" value { string_value: "4096000" } }`),
    [],
  );
});

/** An ensemble m of a, that makes t of x, and b, that makes y of t. */
const ofTwo = (a: string, b: string, largest = 8): string[] => {
  const tensors = 'input { name: "x" data_type: TYPE_FP32 dims: 4 } output { name: "y" data_type: TYPE_FP32 dims: 4 }';
  const step = (model: string, from: string, to: string) =>
    `step { model_name: "${model}" model_version: -1 input_map { key: "x" value: "${from}" } output_map { key: "y" value: "${to}" } }`;
  return advice(
    `platform: "ensemble" max_batch_size: ${largest} ${tensors} ensemble_scheduling { ${step('b', 't', 'y')} ${step('a', 'x', 't')} }`,
    {
      'r/a/config.pbtxt': `max_batch_size: ${largest} ${tensors} ${a}`,
      'r/a/1/model.py': 'x',
      'r/b/config.pbtxt': `max_batch_size: ${largest} ${tensors} ${b}`,
      'r/b/1/model.py': 'x',
    },
  );
};
const one = 'backend: "identity" instance_group { kind: KIND_CPU count: 1 }';
const batching = 'backend: "identity" dynamic_batching { default_queue_policy { max_queue_size: 64 } }';

test('a step with one instance and no batching before one that batches starves it', () => {
  deepStrictEqual(ofTwo(one, batching), ['advice/step-starves']);
});

test('a step that has instances or batches itself, that comes behind, or before one that does not batch, starves nobody', () => {
  deepStrictEqual(ofTwo(one.replace('count: 1', 'count: 4'), batching), []);
  deepStrictEqual(ofTwo(`${one} ${batching.replace('backend: "identity"', '')}`, batching), []);
  deepStrictEqual(ofTwo(batching, one), []);
  deepStrictEqual(ofTwo(one, one), []);
  deepStrictEqual(ofTwo(one, batching, 1), []);
});
