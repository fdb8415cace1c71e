import { deepStrictEqual, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { formatFinding } from '../base/finding.ts';
import { contractSchema, readContract } from './read-contract.ts';

const examples = new URL('../../../examples/digits/releases/', import.meta.url);
const digits = readFileSync(new URL('a/contract.yaml', examples), 'utf8');

function findingsFor(...edits: readonly (readonly [from: string, to: string])[]): string[] {
  const edited = edits.reduce((text, [from, to]) => {
    ok(text.includes(from), `the example holds no ${from}`);
    return text.replace(from, to);
  }, digits);
  const read = readContract(edited, 'contract.yaml');
  // The columns are asked for once below; elsewhere they would only show where the example keeps its fields.
  return 'findings' in read ? read.findings.map((finding) => formatFinding(finding).replace(/^contract\.yaml[:\d]*  error  /, '')) : [];
}

test('the contract of digits is read without a finding, its quantities in the units that their names say', () => {
  const read = readContract(digits, 'contract.yaml');
  ok('contract' in read);
  const { contract } = read;
  deepStrictEqual(contract.resources, { gpu: { class: 'cpu', count: 0 }, memoryBytes: 512 * 1024 * 1024, cpu: 1, loadMs: 20_000 });
  deepStrictEqual(contract.rollout.gates.p99, { limitMs: 40, allowed: 0.01, requestsMin: 300 });
  deepStrictEqual(contract.rollout.gates.errors, { allowed: 0.005, requestsMin: 300 });
  deepStrictEqual(contract.performance.p99Ms, 40);
  deepStrictEqual(contract.io.outputs[0], { name: 'probabilities', datatype: 'FP32', shape: [10], labels: 'labels.txt' });
});

test('a finding tells file, line and column', () => {
  const read = readContract(
    'contract: conch/v1\nmodel: digits\nowner:\n  team: vision\n  contakt: a@b.c\n  escalation: []\n',
    'contract.yaml',
  );
  ok('findings' in read);
  deepStrictEqual(read.findings.filter(({ says }) => says.includes('owner')).map(formatFinding), [
    'contract.yaml:4:3  error  contract/missing-field  "owner.contact" is missing',
    'contract.yaml:6:15  error  contract/invalid-value  owner.escalation: name at least one address to call next',
    'contract.yaml:5:3  error  contract/unknown-field  "owner.contakt" is not a field\n    fix: did you mean "contact"?',
  ]);
});

const mistakes: readonly (readonly [from: string, to: string, ...findings: string[]])[] = [
  [
    'soak: 4s',
    'soak: 4 seconds',
    'contract/invalid-value  rollout.soak: "4 seconds" is not a duration: write a number with ms, s, m, h or d, such as 40ms or 10m',
  ],
  [
    'soak: 4s',
    'soak: 4',
    'contract/invalid-value  rollout.soak: 4 is not a duration: write a number with ms, s, m, h or d, such as 40ms or 10m',
  ],
  [
    '512MiB',
    '512 mib',
    'contract/invalid-value  resources.memory: "512 mib" is not a size: write a number of bytes, or one with KiB, MiB, GiB, kB, MB or GB, such as 512MiB',
  ],
  [
    'limit: 0.5%',
    'limit: 120%',
    'contract/invalid-value  rollout.gates.errors.limit: "120%" is not a share: write a percentage such as 0.5%, or a number from 0 to 1',
  ],
  ["'24.10'", '24.10', "contract/invalid-value  runtime.triton: 24.1 is not a text: put the Triton version in quotes, such as '24.10'"],
  ['[10, 25, 50]', '[10, 50, 25]', 'contract/invalid-value  rollout.steps: each step must be above the one before'],
  [
    '[10, 25, 50]',
    '[10, 100]',
    'contract/invalid-value  rollout.steps[1]: 100 is above 50 per cent: a baseline of the same size gets as much',
  ],
  ['[10, 25, 50]', '[]', 'contract/invalid-value  rollout.steps: name at least one step'],
  [
    'format: onnx',
    'format: onxx',
    'contract/invalid-value  artifact.format: "onxx" is not one of: onnx, tensorrt, torchscript, savedmodel, python, openvino, vllm, trt-llm, dali, fil, ensemble, custom\n    fix: did you mean "onnx"?',
  ],
  [
    '  image: absent',
    "  image: 'nvcr.io/nvidia/tritonserver:24.10-py3'",
    `contract/invalid-value  runtime.image: "nvcr.io/nvidia/tritonserver:24.10-py3" can change under us: pin it as 'sha256:' and 64 hex digits, or write absent`,
  ],
  [
    'arrival: poisson',
    'arival: poisson',
    'contract/missing-field  "performance.arrival" is missing',
    'contract/unknown-field  "performance.arival" is not a field\n    fix: did you mean "arrival"?',
  ],
  ['share: 1 }', 'share: 0.4 }', 'contract/invalid-value  shapes.mix: the shares do not add up to 1'],
  [
    'mix: [{ batch: 1,',
    'mix: [{ batch: 32,',
    'contract/invalid-value  shapes.mix: a batch size of the mix is outside batch.min and batch.max',
  ],
  ['count: 0', 'count: 1', 'contract/invalid-value  resources.gpu.count: the class cpu has count 0, and every other class at least 1'],
  [
    '1/model.onnx',
    '../model.onnx',
    `contract/invalid-value  artifact.files[0]: "../model.onnx" is not a path below the model's folder, such as 1/model.onnx`,
  ],
  [
    'shape: [64]',
    'shape: [0]',
    'contract/invalid-value  io.inputs[0].shape[0]: 0 is not a dimension: write -1 for any size, or 1 and above',
  ],
  [
    'model: digits',
    'model: ../digits',
    'contract/invalid-value  model: "../digits" cannot name a model: write letters, digits, "_", "-" and "." only, at most 128, and no ".."',
  ],
  [
    'file: nvidia',
    'files: nvidia',
    'contract/missing-field  "runtime.wheel.file" is missing',
    'contract/unknown-field  "runtime.wheel.files" is not a field\n    fix: did you mean "file"?',
  ],
];

for (const [from, to, ...findings] of mistakes) {
  test(`a mistake is named with its field and what is allowed there: ${to}`, () => deepStrictEqual(findingsFor([from, to]), findings));
}

test('several mistakes are told at once', () => {
  deepStrictEqual(findingsFor(['soak: 4s', 'soak: soon'], ['keep: 10m', 'keep: long']).length, 2);
});

test('what is not YAML, or no contract at all, is a finding and never an exception', () => {
  const says = (text: string) => {
    const read = readContract(text, 'contract.yaml');
    return 'findings' in read ? read.findings.slice(0, 1).map(formatFinding) : read;
  };
  deepStrictEqual(says('contract: [conch/v1\nmodel: x\n'), [
    'contract.yaml:2:1  error  yaml/syntax  Flow sequence in block collection must be sufficiently indented and end with a ]',
  ]);
  deepStrictEqual(says(''), ['contract.yaml  error  contract/empty  the file says nothing']);
  deepStrictEqual(says('model: a\nmodel: b\n'), ['contract.yaml:2:1  error  yaml/syntax  Map keys must be unique']);
  deepStrictEqual(says('- a'), ['contract.yaml:1:1  error  contract/invalid-value  Invalid input: expected object, received array']);
});

test('editors get a JSON Schema of the file as people write it', () => {
  const { properties } = contractSchema() as { properties: Record<string, unknown> };
  deepStrictEqual(Object.keys(properties), [
    'contract',
    'model',
    'artifact',
    'io',
    'runtime',
    'resources',
    'shapes',
    'health',
    'rollout',
    'owner',
    'labels',
    'performance',
  ]);
});
