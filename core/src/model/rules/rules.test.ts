import { deepStrictEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, answered, type Ask, type Entry, isUnseen } from '../../base/asking.ts';
import { model } from '../../model-file/made-up-onnx.ts';
import { Repository } from '../check-repository.ts';
import { type Conditions, defaultSettings, type ServerSettings } from '../conditions.ts';
import { type MadeUpFiles, madeUpTree } from '../made-up-tree.ts';
import { explanations } from './all.ts';

// What no case for the real server stands for: what compiled backends, later Tritons and disks say, what ends the server, and warnings.

type Case = {
  readonly config: string | 'absent';
  /** Instead of 1/model.onnx, or beside it. */
  readonly files?: MadeUpFiles;
  readonly hasOnnx?: boolean;
  readonly server?: Partial<ServerSettings>;
  readonly gpus?: Conditions['gpus'];
  readonly minor?: number;
  /** What a disk would say of a file beside its name. */
  readonly entries?: Readonly<Record<string, Partial<Entry>>>;
};

/** The codes that are found about one model, `m`. */
function codes({ config, files = {}, hasOnnx = true, server = {}, gpus = [0], minor = 73, entries = {} }: Case): string[] {
  const settings = { ...defaultSettings, autoComplete: false, ...server };
  const conditions: Conditions = { triton: { major: 2, minor }, gpus, server: settings, backends: 'judged', onnxRuntime: '1.19.2' };
  const all = {
    ...(config === 'absent' ? {} : { 'r/m/config.pbtxt': config }),
    ...(hasOnnx ? { 'r/m/1/model.onnx': model() } : {}),
    ...files,
  };
  const tree = madeUpTree(all);
  const answer = (ask: Ask): Answer => {
    const given = tree(ask);
    if (!Array.isArray(given)) return given;
    return (given as readonly Entry[]).map((entry) => ({ ...entry, ...entries[entry.name] }));
  };
  const report = answered(new Repository('r', conditions).check('m'), answer);
  ok(!isUnseen(report));
  return report.findings.map(({ code }) => code);
}

const tensors = (type = 'TYPE_FP32', dims = '[ 2 ]') =>
  `input { name: "x" data_type: ${type} dims: ${dims} } output { name: "y" data_type: ${type} dims: ${dims} }`;
const of = (backend: string, more = ''): string => `backend: "${backend}" ${tensors()} instance_group { kind: KIND_CPU } ${more}`;
const onGpu = (backend: string, more = ''): string => of(backend, more).replace('KIND_CPU', 'KIND_GPU');
const histogram = (more: string, family = 'family: "nv_inference_first_response_histogram_ms"'): string =>
  of('onnxruntime', `model_metrics { metric_control { metric_identifier { ${family} } ${more} } }`);
const file = (path: string, content = 'x'): MadeUpFiles => ({ [`r/m/${path}`]: content });

/** A case in which the code is found, and one that comes near, in which it is not. */
const cases: readonly (readonly [code: string, bad: Case, near: Case])[] = [
  ['backend/vllm', { config: of('vllm', 'max_batch_size: 8') }, { config: of('vllm', 'max_batch_size: 0') }],
  [
    'backend/vllm',
    { config: of('vllm', 'model_transaction_policy { decoupled: false }') },
    { config: of('vllm', 'model_transaction_policy { decoupled: true }') },
  ],
  ['backend/instance-kind', { config: of('tensorrt') }, { config: onGpu('tensorrt') }],
  ['backend/instance-kind', { config: onGpu('openvino') }, { config: of('openvino') }],
  ['backend/optional', { config: of('pytorch').replace('} output', 'optional: true } output') }, { config: of('pytorch') }],
  [
    'backend/tensors-missing',
    { config: 'backend: "pytorch" output { name: "y" data_type: TYPE_FP32 dims: 2 }', server: { autoComplete: true } },
    { config: of('pytorch') },
  ],
  ['backend/data-type', { config: of('pytorch').replaceAll('FP32', 'UINT16') }, { config: of('pytorch').replaceAll('FP32', 'INT16') }],
  [
    'backend/accelerator',
    { config: of('onnxruntime', 'optimization { execution_accelerators { cpu_execution_accelerator { name: "tensorrt" } } }') },
    { config: of('onnxruntime', 'optimization { execution_accelerators { cpu_execution_accelerator { name: "openvino" } } }') },
  ],
  [
    'backend/parameter',
    { config: of('onnxruntime', 'parameters { key: "execution_mode" value { string_value: "parallel" } }') },
    { config: of('onnxruntime', 'parameters { key: "execution_mode" value { string_value: "1" } }') },
  ],
  [
    'layout/config-not-completed',
    { config: 'absent', files: file('1/model.pt'), hasOnnx: false, server: { autoComplete: true } },
    { config: 'absent', server: { autoComplete: true } },
  ],
  [
    'config/profile-overflow',
    { config: onGpu('tensorrt').replace('KIND_GPU', 'KIND_GPU profile: "2147483648"') },
    { config: onGpu('tensorrt').replace('KIND_GPU', 'KIND_GPU profile: "2147483647"') },
  ],
  ...labels(),
  [
    'config/metric-tag-name',
    { config: of('onnxruntime', 'metric_tags { key: "a-b" value: "c" }') },
    { config: of('onnxruntime', 'metric_tags { key: "a-b" value: "c" }'), server: { metrics: false } },
  ],
  [
    'config/metric-family-unknown',
    { config: histogram('histogram_options { buckets: [ 1 ] }', 'family: "mine"') },
    { config: histogram('histogram_options { buckets: [ 1 ] }') },
  ],
  [
    'config/metric-buckets-order',
    { config: histogram('histogram_options { buckets: [ 1, 1 ] }'), server: { histograms: true } },
    { config: histogram('histogram_options { buckets: [ 1, 2 ] }'), server: { histograms: true } },
  ],
  [
    'config/metric-identifier-missing',
    { config: of('onnxruntime', 'model_metrics { metric_control { histogram_options { buckets: [ 1 ] } } }') },
    { config: histogram('histogram_options { buckets: [ 1 ] }') },
  ],
  [
    'config/metric-family-missing',
    { config: histogram('histogram_options { buckets: [ 1 ] }', '') },
    { config: histogram('histogram_options { buckets: [ 1 ] }') },
  ],
  ['config/metric-options-missing', { config: histogram('') }, { config: histogram('histogram_options { buckets: [ 1 ] }') }],
  [
    'config/metric-buckets-missing',
    { config: histogram('histogram_options { }') },
    { config: histogram('histogram_options { buckets: [ 1 ] }') },
  ],
  [
    'layout/model-file-outside',
    { config: of('onnxruntime', 'default_model_filename: "../model.onnx"') },
    { config: of('onnxruntime', 'default_model_filename: "sub/model.onnx"'), files: { 'r/m/1/sub/model.onnx': model() } },
  ],
  ['layout/model-file-missing', { config: of('onnxruntime', 'default_model_filename: "other.onnx"') }, { config: of('onnxruntime') }],
  [
    'layout/model-file-folder',
    { config: onGpu('tensorrt'), files: file('1/model.plan/x') },
    { config: onGpu('tensorrt'), files: file('1/model.plan') },
  ],
  [
    'layout/model-file-stand-in',
    { config: of('onnxruntime'), files: file('1/model.onnx', '<!doctype html><title>Sign in</title>') },
    { config: of('onnxruntime') },
  ],
  ['layout/model-file-empty', { config: of('onnxruntime'), files: file('1/model.onnx', '') }, { config: of('onnxruntime') }],
  [
    'python/tensor-unknown',
    { config: of('python'), files: file('1/model.py', reads('z')) },
    { config: of('python'), files: file('1/model.py', reads('x')) },
  ],
  ...rateLimits(),
  [
    'config/agents-empty',
    { config: of('onnxruntime', 'model_repository_agents { }') },
    { config: of('onnxruntime', 'model_repository_agents { agents { name: "checksum" } }') },
  ],
  [
    'config/state-file-folder',
    { config: state('f'), files: file('initial_state/f/x') },
    { config: state('f'), files: file('initial_state/f', 'four') },
  ],
  ['layout/version-ignored', { config: of('onnxruntime'), files: file('01/x') }, { config: of('onnxruntime'), files: file('2/x') }],
  ['layout/version-ignored', { config: of('onnxruntime'), files: file('old/x') }, { config: of('onnxruntime'), files: file('configs/x') }],
  [
    'layout/version-overflow',
    { config: of('onnxruntime'), files: file('9223372036854775808/x') },
    { config: of('onnxruntime', 'version_policy { specific { versions: [ 1 ] } }'), files: file('9223372036854775807/x') },
  ],
  ['layout/version-name', { config: of('onnxruntime'), files: file('1_old/x') }, { config: of('onnxruntime'), files: file('old_1/x') }],
  [
    'layout/version-absent',
    { config: of('onnxruntime', 'version_policy { specific { versions: [ 1, 2 ] } }') },
    { config: of('onnxruntime', 'version_policy { specific { versions: [ 1 ] } }') },
  ],
  ['warmup/file-folder', { config: warmup('f'), files: file('warmup/f/x') }, { config: warmup('f'), files: file('warmup/f', '12345678') }],
  [
    'advice/link-outside',
    { config: of('onnxruntime'), entries: { 'model.onnx': { leadsOut: true, link: '/x' } } },
    { config: of('onnxruntime'), entries: { 'model.onnx': { link: 'x' } } },
  ],
  [
    'advice/link-broken',
    { config: of('onnxruntime'), files: file('a'), entries: { a: { kind: 'broken', link: 'gone' } } },
    { config: of('onnxruntime'), files: file('a'), entries: { a: { link: 'there' } } },
  ],
  [
    'advice/file-mode',
    { config: of('onnxruntime'), entries: { 'model.onnx': { mode: 0o640 } } },
    { config: of('onnxruntime'), entries: { 'model.onnx': { mode: 0o644 } } },
  ],
  ['advice/gpu-pinned', { config: onGpu('tensorrt').replace('KIND_GPU', 'KIND_GPU gpus: [ 0 ]') }, { config: onGpu('tensorrt') }],
  [
    'advice/sequence-slots-many',
    { config: of('onnxruntime', 'max_batch_size: 1000001 sequence_batching { }') },
    { config: of('onnxruntime', 'max_batch_size: 1000000 sequence_batching { }') },
  ],
  ['advice/backend-guessed', { config: tensors() }, { config: of('onnxruntime') }],
  ['advice/ensemble-namespace', { config: ensemble('model_namespace: "b"') }, { config: ensemble('') }],
  ['advice/no-tensors', { config: 'backend: "identity"', server: { autoComplete: true } }, { config: of('identity') }],
];

function labels(): (readonly [string, Case, Case])[] {
  const labelled = (path: string): string => of('onnxruntime').replace('} instance', `label_filename: "${path}" } instance`);
  const there = { files: { 'r/labels.txt': 'a', ...file('labels.txt') } };
  return [
    ['layout/labels-outside', { config: labelled('../labels.txt'), ...there }, { config: labelled('../labels.txt'), ...there, minor: 51 }],
    ['layout/labels-outside', { config: labelled('../labels.txt'), ...there }, { config: labelled('labels.txt'), ...there }],
    ['layout/labels-folder', { config: labelled('f'), files: file('f/x') }, { config: labelled('f'), files: file('f') }],
  ];
}

function rateLimits(): (readonly [string, Case, Case])[] {
  const with2 = { server: { rateLimit: true, rateResources: [{ name: 'r', count: 2, device: 'all' }] } } as const;
  const needs = (resources: string): string => of('onnxruntime').replace('KIND_CPU', `KIND_CPU rate_limiter { ${resources} }`);
  const both = 'resources { name: "r" global: true } resources { name: "r" }';
  return [
    [
      'config/rate-resource-count',
      { config: needs('resources { name: "r" count: 3 }'), ...with2 },
      { config: needs('resources { name: "r" count: 2 }'), ...with2 },
    ],
    [
      'config/rate-resource-count',
      {
        config: needs('resources { name: "r" count: 2 }'),
        server: { rateLimit: true, rateResources: [{ name: 'r', count: 2, device: 10 }] },
      },
      {
        config: needs('resources { name: "r" count: 2 }'),
        server: { rateLimit: true, rateResources: [{ name: 'r', count: 2, device: 0 }] },
      },
    ],
    ['config/rate-resource-kind', { config: needs(both), ...with2 }, { config: needs(both.replace('global: true', '')), ...with2 }],
  ];
}

function reads(name: string): string {
  return `class TritonPythonModel:\n    def execute(self, requests):\n        return [pb_utils.get_input_tensor_by_name(r, "${name}") for r in requests]\n`;
}

function state(path: string): string {
  const initial = `initial_state { name: "i" data_type: TYPE_FP32 dims: 1 data_file: "${path}" }`;
  return of('identity', `sequence_batching { state { input_name: "a" output_name: "b" data_type: TYPE_FP32 dims: 1 ${initial} } }`);
}

function warmup(path: string): string {
  const input = `inputs { key: "x" value { data_type: TYPE_FP32 dims: 2 input_data_file: "${path}" } }`;
  return of('identity', `model_warmup { name: "w" batch_size: 1 ${input} }`);
}

function ensemble(more: string): string {
  const maps = 'input_map { key: "x" value: "x" } output_map { key: "y" value: "y" }';
  return `platform: "ensemble" ${tensors()} ensemble_scheduling { step { model_name: "a" model_version: -1 ${more} ${maps} } }`;
}

for (const [index, [code, bad, near]] of cases.entries()) {
  test(`${code} is found, and not in a case that comes near (${index})`, () => {
    ok(codes(bad).includes(code), `not found, but: ${codes(bad).join(', ')}`);
    ok(!codes(near).includes(code), `found where it only comes near: ${codes(near).join(', ')}`);
  });
}

/** Asked of the real server case by case (adapters/src/referee), or tried in the tests beside this one. */
const elsewhere = /^(onnx|advice|python|tensorrt|torch|openvino|savedmodel|ensemble)\//;

test('every code that no server is asked about has a case here', () => {
  const unrefereed = explanations.filter(
    ({ code, severity, unrefereed: why }) => !elsewhere.test(code) && (why !== undefined || severity === 'warning'),
  );
  const tried = new Set(cases.map(([code]) => code));
  deepStrictEqual(
    unrefereed.map(({ code }) => code).filter((code) => !tried.has(code)),
    [],
  );
});
