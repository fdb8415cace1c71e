import { deepStrictEqual, doesNotMatch, match, ok, strictEqual } from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { answered, isUnseen } from '../base/asking.ts';
import { tritonMinor } from '../base/triton-version.ts';
import { Repository } from '../model/check-repository.ts';
import { defaultSettings } from '../model/conditions.ts';
import { madeUpTree } from '../model/made-up-tree.ts';
import { readConfig } from '../pbtxt/read-config.ts';
import type { ArtifactFormat, Contract, TensorSpec } from './contract.ts';
import { draftContract } from './draft-contract.ts';
import { generateConfig, notGenerated } from './generate-config.ts';
import { readContract } from './read-contract.ts';

const examples = join(import.meta.dirname, '../../../examples/digits/releases');

function read(text: string): Contract {
  const contract = readContract(text, 'contract.yaml');
  ok('contract' in contract, JSON.stringify(contract));
  return contract.contract;
}

const digits = read(readFileSync(join(examples, 'b/contract.yaml'), 'utf8'));
const on = (triton: string): Contract => ({ ...digits, runtime: { ...digits.runtime, triton } });

test('each part stands with the reason why it is so', () => {
  const golden = join(import.meta.dirname, 'generated-config.golden.pbtxt');
  const text = generateConfig(on('25.01'));
  if (process.env['CONCH_RENDER'] === '1') writeFileSync(golden, text);
  strictEqual(text, existsSync(golden) ? readFileSync(golden, 'utf8') : 'none', 'CONCH_RENDER=1 writes it again; review the difference');
});

test('edges of histograms come with Triton 24.11, which is the first that knows them', () => {
  doesNotMatch(generateConfig(on('24.10')), /model_metrics/);
  match(generateConfig(on('24.11')), /model_metrics/);
});

test('a queue holds what arrives within the objective, and never less than two full batches', () => {
  const queueOf = (rate: number) => {
    const made = readConfig(generateConfig({ ...digits, performance: { ...digits.performance, rate } }), 'config.pbtxt');
    return 'config' in made ? made.config.dynamic_batching?.default_queue_policy : undefined;
  };
  deepStrictEqual(queueOf(150), { default_timeout_microseconds: 40_000, allow_timeout_override: true, max_queue_size: 32 });
  deepStrictEqual(queueOf(5000)?.max_queue_size, 200);
});

test('a model that does not batch has no queue of its own, and warms up with one request', () => {
  const text = generateConfig(digits, { isBatching: false, scalars: [] });
  doesNotMatch(text, /max_batch_size|dynamic_batching/);
  match(text, /batch_size: 1\n/);
});

test('a model that batches keeps its batch dimension out of dims, also where the largest batch is 1', () => {
  const one = { ...digits, shapes: { ...digits.shapes, batch: { min: 1, max: 1 } } };
  match(generateConfig(one, { isBatching: true, scalars: [] }), /max_batch_size: 1\n/);
});

test('one value for each request is reshaped to none', () => {
  const io = { inputs: [{ name: 'age', datatype: 'FP32', shape: [1] }], outputs: digits.io.outputs } as const;
  match(generateConfig({ ...digits, io }, { isBatching: true, scalars: ['age'] }), /dims: \[ 1 \]\n {2}reshape \{ \}/);
});

test('a file by another name is named', () => {
  const text = generateConfig({ ...digits, artifact: { format: 'onnx', files: ['3/resnet.onnx'] } });
  match(text, /default_model_filename: "resnet.onnx"/);
  match(text, /versions: \[ 3 \]/);
});

test('an objective of very little time still gives whole numbers', () => {
  const text = generateConfig({ ...on('25.01'), performance: { ...digits.performance, p99Ms: 0.0004, queueMs: 0, rate: 1e12 } });
  ok('config' in readConfig(text, 'config.pbtxt'));
  match(text, /default_timeout_microseconds: 1\n/);
});

type Made = { readonly format: ArtifactFormat; readonly backend: string; readonly file: string; readonly gpu?: string };

const formats: readonly Made[] = [
  { format: 'onnx', backend: 'onnxruntime', file: '1/model.onnx' },
  { format: 'onnx', backend: 'onnxruntime', file: '1/model.onnx', gpu: 'L4' },
  { format: 'tensorrt', backend: 'tensorrt', file: '1/model.plan', gpu: 'L4' },
  { format: 'torchscript', backend: 'pytorch', file: '1/model.pt' },
  { format: 'torchscript', backend: 'pytorch', file: '1/model.pt2', gpu: 'L4' },
  { format: 'savedmodel', backend: 'tensorflow', file: '1/model.savedmodel' },
  { format: 'python', backend: 'python', file: '1/model.py' },
  { format: 'openvino', backend: 'openvino', file: '1/model.xml' },
  { format: 'openvino', backend: 'openvino', file: '1/model.xml', gpu: 'L4' },
  { format: 'dali', backend: 'dali', file: '1/model.dali', gpu: 'L4' },
  { format: 'custom', backend: 'mine', file: '1/model.bin' },
];

const spec = (name: string, shape: readonly number[]): TensorSpec => ({ name, datatype: 'FP32', shape });

for (const { format, backend, file, gpu = 'cpu' } of formats) {
  for (const batchMax of [1, 8]) {
    for (const autoComplete of [true, false]) {
      const how = `batches of ${batchMax}, on ${gpu}, auto-complete ${autoComplete ? 'on' : 'off'}`;
      test(`Triton's core takes what is made for ${file} (${how})`, () => {
        const shape = { inputs: [spec('input__0', [3, -1])], outputs: [spec('output__0', [10])] };
        const contract = read(draftContract({ model: 'm', format, backend, files: [file], batchMax, gpu, ...shape }));
        // Compiled packages came with 25.08.
        for (const triton of file.endsWith('.pt2') ? ['25.12'] : ['24.10', '25.12']) {
          deepStrictEqual(
            errorsOf(generateConfig({ ...contract, runtime: { ...contract.runtime, triton } }), { file, autoComplete, triton }),
            [],
          );
        }
      });
    }
  }
}

test('where a contract says too little, nothing is made', () => {
  deepStrictEqual(Object.keys(notGenerated), ['ensemble', 'vllm', 'trt-llm', 'fil']);
});

/** Backends that open the file are left to the tests of conch init, which have real ones. */
function errorsOf(text: string, { file, autoComplete, triton }: { file: string; autoComplete: boolean; triton: string }): string[] {
  const answer = madeUpTree({ 'models/m/config.pbtxt': text, [`models/m/${file}`]: 'weights' });
  const conditions = {
    triton: tritonMinor(triton),
    gpus: 'unknown',
    server: { ...defaultSettings, autoComplete },
    backends: { accepting: 'any' },
  } as const;
  const report = answered(new Repository('models', conditions).check('m'), answer);
  return isUnseen(report) ? [report.unseen] : report.findings.map(({ severity, code, says }) => `${severity} ${code} ${says}`);
}
