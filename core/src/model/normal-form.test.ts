import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../pbtxt/read-config.ts';
import { differences } from './differences.ts';
import { type NormalFormOptions, normalForm } from './normal-form.ts';
import { seenOnTriton } from './seen-on-triton.ts';

const cpu: NormalFormOptions = { model: 'm', gpuClass: 'cpu' };

function configOf(text: string) {
  const read = readConfig(text, 'config.pbtxt');
  return 'config' in read ? read.config : read;
}

for (const { model, says, text, got } of seenOnTriton) {
  test(`the normal form of ${says} is that of what a real Triton shows for it`, () => {
    const options: NormalFormOptions = { model, gpuClass: 'cpu' };
    deepStrictEqual(differences(normalForm(configOf(text), options), normalForm(JSON.parse(got), options)), []);
  });
  test(`the normal form of ${says} is its own normal form`, () => {
    const once = normalForm(configOf(text), { model, gpuClass: 'cpu' });
    deepStrictEqual(normalForm(once, { model, gpuClass: 'cpu' }), once);
  });
}

test('the library that a Triton chose for the backend may differ, and only there', () => {
  deepStrictEqual(differences({}, { runtime: 'model.py' }), []);
  deepStrictEqual(differences({}, { runtime: 'libtriton_onnxruntime.so' }), []);
  deepStrictEqual(differences({}, { runtime: '../evil.so' }), [{ path: 'runtime', expected: 'absent', got: '../evil.so' }]);
  deepStrictEqual(differences({ runtime: 'a.so' }, { runtime: 'model.py' }), [{ path: 'runtime', expected: 'a.so', got: 'model.py' }]);
});

test('a difference is told by its path, with both sides', () => {
  const expected = normalForm(configOf('max_batch_size: 8 instance_group { count: 1 kind: KIND_CPU } dynamic_batching {}'), cpu);
  const got = normalForm(
    configOf('max_batch_size: 8 instance_group { count: 2 kind: KIND_CPU } dynamic_batching { preferred_batch_size: [4, 8] }'),
    cpu,
  );
  deepStrictEqual(differences(expected, got), [
    { path: 'dynamic_batching.preferred_batch_size', expected: [8], got: [4, 8] },
    { path: 'instance_group[0].count', expected: 1, got: 2 },
  ]);
});

test('backend, platform and file name follow from each other as Triton infers them', () => {
  const inferred = (text: string) => {
    const { backend, platform, default_model_filename } = normalForm(configOf(text), cpu);
    return [backend, platform, default_model_filename];
  };
  deepStrictEqual(inferred('backend: "tensorrt"'), ['tensorrt', 'tensorrt_plan', 'model.plan']);
  deepStrictEqual(inferred('platform: "onnxruntime_onnx"'), ['onnxruntime', 'onnxruntime_onnx', 'model.onnx']);
  deepStrictEqual(inferred('backend: "onnxruntime" default_model_filename: "digits.onnx"'), [
    'onnxruntime',
    'onnxruntime_onnx',
    'digits.onnx',
  ]);
  deepStrictEqual(inferred('platform: "torch_aoti"'), ['pytorch', 'torch_aoti', 'model.pt2']);
  deepStrictEqual(inferred('platform: "pytorch_libtorch"'), ['pytorch', 'pytorch_libtorch', undefined]);
  deepStrictEqual(inferred('backend: "pytorch"'), ['pytorch', 'pytorch_libtorch', 'model.pt']);
  deepStrictEqual(inferred('backend: "vllm"'), ['vllm', undefined, undefined]);
});

test('an instance group left open becomes what the machine can do', () => {
  const groups = (text: string, options: Partial<NormalFormOptions>) => normalForm(configOf(text), { ...cpu, ...options }).instance_group;
  deepStrictEqual(groups('backend: "onnxruntime"', {}), [{ name: 'm', kind: 'KIND_CPU', count: 2 }]);
  deepStrictEqual(groups('backend: "python"', {}), [{ name: 'm', kind: 'KIND_CPU', count: 1 }]);
  deepStrictEqual(groups('backend: "onnxruntime"', { gpuClass: 'nvidia-l4' }), [{ name: 'm', kind: 'KIND_GPU', count: 1, gpus: [0] }]);
  deepStrictEqual(groups('instance_group { kind: KIND_GPU count: 2 }', { gpuClass: 'nvidia-l4', gpus: [0, 1] }), [
    { name: 'm_0', kind: 'KIND_GPU', count: 2, gpus: [0, 1] },
  ]);
  deepStrictEqual(groups('instance_group { gpus: [3] }', { gpuClass: 'nvidia-l4' }), [
    { name: 'm_0', kind: 'KIND_CPU', count: 1, gpus: [3] },
  ]);
});

test('JSON that is no configuration is compared as it stands, and never breaks', () => {
  for (const odd of [null, 'text', [], 7, {}]) deepStrictEqual(normalForm(odd, cpu), normalForm({}, cpu));
  const odd = normalForm({ name: 5, instance_group: 'many', input: [null], dynamic_batching: 3, from_next_year: { a: 1 }, unset: '' }, cpu);
  deepStrictEqual(
    differences(normalForm({}, cpu), odd).map(({ path }) => path),
    ['name', 'instance_group', 'input', 'dynamic_batching', 'from_next_year'],
  );
});
