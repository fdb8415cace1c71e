import { deepStrictEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { formatFinding } from '../base/finding.ts';
import { readContract } from '../contract/read-contract.ts';
import { readConfig } from '../pbtxt/read-config.ts';
import type { Pieces } from './agree/rule.ts';
import { disagreements } from './agree.ts';
import type { GoldenSet } from './golden.ts';
import type { Route } from './route.ts';

const contractText = `contract: conch/v1
model: digits
artifact: { format: onnx, files: [1/model.onnx] }
io:
  inputs: [{ name: pixels, datatype: FP32, shape: [4] }]
  outputs: [{ name: scores, datatype: FP32, shape: [3], labels: labels.txt }]
runtime:
  triton: '24.10'
  backend: onnxruntime
  image: 'sha256:${'a'.repeat(64)}'
  wheel: absent
  tensorrt: absent
  processing: absent
resources: { gpu: { class: cpu, count: 0 }, memory: 512MiB, cpu: 1, load: 20s }
shapes: { batch: { min: 1, max: 8 }, bytes: 65536, mix: [{ batch: 1, share: 1 }] }
health: { request: golden, case: case-0, within: 1s }
rollout:
  steps: [10, 50]
  soak: 4s
  keep: 10m
  deadline: 3m
  gates:
    p99: { limit: 40ms, requests: 300 }
    errors: { limit: 0.5%, requests: 300 }
    queue: { limit: 10ms, requests: 300 }
    correctness: { accuracy: 0.85, perClass: 0.6, worseThanStable: 0.03 }
owner: { team: t, contact: c, escalation: [e] }
labels: {}
performance: { rate: 150, arrival: poisson, p99: 40ms, queue: 10ms, gpu: cpu }
`;

const configText = `name: "digits"
backend: "onnxruntime"
max_batch_size: 8
input { name: "pixels" data_type: TYPE_FP32 dims: [ 4 ] }
output { name: "scores" data_type: TYPE_FP32 dims: [ 3 ] label_filename: "labels.txt" }
version_policy { specific { versions: [ 1 ] } }
`;

const golden: GoldenSet = {
  golden: 'conch/v1',
  model: 'digits',
  outputs: { scores: { datatype: 'FP32', tolerance: { absolute: 0.001, relative: 0.001 } } },
  cases: Array.from({ length: 20 }, (_, index) => ({
    id: `case-${index}`,
    inputs: { pixels: { datatype: 'FP32' as const, shape: [1, 4], data: [0, 0, 0, 0] } },
    expect: { scores: { shape: [1, 3], data: [1, 0, 0] } },
    label: 0,
  })),
};

const route: Route = {
  route: 'conch/v1',
  model: 'digits',
  rules: [{ host: '*', path: '/v2/models/digits' }],
  timeoutMs: 2000,
  retries: 0,
  mirror: 'absent',
  priorities: 'absent',
};

const paths = ['1/model.onnx', 'config.pbtxt', 'labels.txt'].map((path) => `repository/digits/${path}`);

type Change = {
  contract?: readonly [from: string, to: string];
  config?: readonly [from: string, to: string];
  golden?: Partial<GoldenSet>;
  route?: Partial<Route>;
  paths?: readonly string[];
  empty?: string;
};

function says(change: Change): string[] {
  const edit = (text: string, [from, to]: readonly [string, string] = ['', '']) => {
    ok(text.includes(from), `no ${from}`);
    return text.replace(from, to);
  };
  const [contractNow, configNow] = [edit(contractText, change.contract), edit(configText, change.config)];
  const [contract, config] = [readContract(contractNow, 'contract.yaml'), readConfig(configNow, 'config.pbtxt')];
  ok('contract' in contract, JSON.stringify(contract));
  ok('config' in config, JSON.stringify(config));
  const texts: Record<string, string> = { 'contract.yaml': contractNow, 'repository/digits/config.pbtxt': configNow };
  const files: Pieces['files'] = ['contract.yaml', ...(change.paths ?? paths)].map((path) => ({
    path,
    size: path === change.empty ? 0 : 1,
    ...(texts[path] ? { text: texts[path] } : {}),
  }));
  const pieces: Pieces = {
    ...contract,
    ...config,
    beside: {},
    golden: { ...golden, ...change.golden },
    route: { ...route, ...change.route },
    files,
  };
  return disagreements(pieces).map((finding) => formatFinding(finding).replace(/^repository\/digits\//, ''));
}

const caseWith = (more: Partial<GoldenSet['cases'][number]>): Partial<GoldenSet> => ({
  cases: golden.cases.map((one, index) => (index < 2 ? { ...one, ...more } : one)),
});

test('pieces that agree give no finding', () => deepStrictEqual(says({}), []));

const table: readonly (readonly [Change, ...string[]])[] = [
  [
    { config: ['"digits"', '"digit"'] },
    'config.pbtxt:1:1  error  agree/model-name  config.pbtxt is for "digit", and the contract for "digits"\n    fix: write name: "digits"',
  ],
  [{ golden: { model: 'other' } }, 'golden.json  error  agree/model-name  the golden set is for "other", and the contract for "digits"'],
  [{ route: { model: 'other' } }, 'route.json  error  agree/model-name  the route is for "other", and the contract for "digits"'],
  [
    { route: { rules: [{ host: '*', path: '/v2/models/digits2' }] } },
    'route.json  error  agree/route-path  the path /v2/models/digits2 is not below /v2/models/digits, where the model answers',
  ],
  [
    { paths: [...paths, 'repository/other/config.pbtxt'] },
    'repository/other  error  layout/model-folder  "other" is not the contract\'s model "digits"\n    fix: name the folder "digits", or take it out',
  ],
  [
    { config: ['"onnxruntime"', '"openvino"'], paths: [...paths, 'repository/digits/1/model.xml'] },
    'config.pbtxt:2:1  error  agree/backend  config.pbtxt asks for the backend "openvino", and the contract for "onnxruntime"',
    '1/model.xml  warning  layout/file-unlisted  it is packed, and the contract does not name it\n    fix: name it in artifact.files, or take it out',
  ],
  [
    { contract: ['format: onnx', 'format: openvino'] },
    'contract.yaml:9:3  error  agree/backend  the backend "onnxruntime" does not load the format openvino\n    fix: write backend: openvino',
  ],
  [
    { contract: [`'sha256:${'a'.repeat(64)}'`, 'absent'] },
    'contract.yaml:10:3  error  release/runtime-not-pinned  neither image nor wheel says which runtime this release is meant for\n    fix: pin one of them by digest',
  ],
  [
    { contract: ['queue: 10ms, gpu: cpu', 'queue: 10ms, gpu: nvidia-l4'] },
    'contract.yaml:29:1  error  agree/gpu-class  performance is promised on "nvidia-l4", and resources ask for "cpu"',
  ],
  [
    { config: ['max_batch_size: 8', ''] },
    'config.pbtxt  error  agree/batch  the model does not batch, and the contract promises batches of 8\n    fix: write max_batch_size: 8 in config.pbtxt, or batch.max: 1 in the contract',
    'golden.json  error  golden/case  case "case-0" and 19 more: the input "pixels" has the shape [1, 4], and the contract takes [4]',
    'golden.json  error  golden/case  case "case-0" and 19 more: the output "scores" is expected in the shape [1, 3], and the contract promises [3]',
  ],
  [
    { config: ['"pixels"', '"pixel"'] },
    'config.pbtxt:4:15  error  agree/tensor-name  the contract\'s input "pixels" is not in config.pbtxt\n    fix: config.pbtxt has "pixel": name both alike',
    'config.pbtxt:4:15  error  agree/tensor-name  the input "pixel" is not in the contract',
  ],
  [
    { config: ['TYPE_FP32 dims: [ 3 ]', 'TYPE_STRING dims: [ 3 ]'] },
    'config.pbtxt:5:16  error  agree/datatype  config.pbtxt gives "scores" BYTES, and the contract promises FP32',
  ],
  [
    { config: ['dims: [ 4 ]', 'dims: [ -1 ]'] },
    'config.pbtxt:4:15  error  agree/shape  config.pbtxt gives "pixels" the dims [-1], and the contract the shape [4]',
  ],
  [
    { config: ['label_filename: "labels.txt"', ''] },
    'config.pbtxt:5:16  error  agree/labels  config.pbtxt gives "scores" the labels absent, and the contract labels.txt',
  ],
  [
    { paths: paths.filter((path) => !path.endsWith('labels.txt')) },
    'config.pbtxt:5:74  error  layout/labels-missing  the labels labels.txt of "scores" are not there\n    fix: add repository/digits/labels.txt',
  ],
  [
    { config: ['versions: [ 1 ]', 'versions: [ 1, 2 ]'] },
    'config.pbtxt:6:29  error  layout/version-missing  config.pbtxt serves version 2, and there is no folder repository/digits/2',
  ],
  [
    { paths: [...paths, 'repository/digits/2/model.onnx'] },
    '2  warning  layout/version-unused  version 2 is packed, and the version policy does not serve it\n    fix: take it out, or serve it',
    '2/model.onnx  warning  layout/file-unlisted  it is packed, and the contract does not name it\n    fix: name it in artifact.files, or take it out',
  ],
  [
    { paths: [...paths, 'repository/digits/1-old/model.onnx'] },
    '1-old  error  layout/version-name  Triton would read the folder "1-old" as a version\n    fix: name it by its number alone',
  ],
  [
    { contract: ['[1/model.onnx]', '[2/model.onnx]'] },
    'contract.yaml:3:27  error  agree/version  the contract\'s files are in "2", and what is served is 1',
    "contract.yaml:3:27  error  agree/version  version 1 is served, and none of the contract's files is in it",
    "contract.yaml:3:35  error  layout/file-missing  the contract's file 2/model.onnx is not in repository/digits",
    '1/model.onnx  warning  layout/file-unlisted  it is packed, and the contract does not name it\n    fix: name it in artifact.files, or take it out',
  ],
  [
    { config: ['max_batch_size: 8', 'max_batch_size: 8 default_model_filename: "digits.onnx"'] },
    'config.pbtxt:3:19  error  layout/file-missing  the backend opens 1/digits.onnx, which is not there',
  ],
  [
    { config: ['max_batch_size: 8', 'max_batch_size: 8 default_model_filename: "../x"'] },
    'config.pbtxt:3:19  error  layout/file-escapes  "../x" is not the name of a file in the version folder',
  ],
  [
    { empty: 'repository/digits/1/model.onnx' },
    '1/model.onnx  error  layout/file-empty  the file is empty: an upload or a Git LFS checkout may have gone wrong',
  ],
  [
    { config: ['max_batch_size: 8', 'max_batch_size: 8 model_warmup { inputs { key: "pixels" value { input_data_file: "w0" } } }'] },
    'config.pbtxt:3:83  error  layout/file-missing  warmup/w0 is not in repository/digits',
  ],
  [{ golden: caseWith({ inputs: {} }) }, 'golden.json  error  golden/case  case "case-0" and 1 more: the input "pixels" is missing'],
  [
    { golden: caseWith({ inputs: { pixels: { datatype: 'FP32', shape: [9, 4], data: [] } } }) },
    'golden.json  error  golden/case  case "case-0" and 1 more: the input "pixels" has the shape [9, 4], and the contract takes [1 to 8, 4]',
  ],
  [{ golden: caseWith({ label: 3 }) }, 'golden.json  error  golden/case  case "case-0" and 1 more: the label 3 is not among the 3 classes'],
  [
    { golden: { outputs: { score: { datatype: 'FP32', tolerance: { absolute: 0, relative: 0 } } } } },
    'golden.json  error  golden/tensor-name  the golden output "score" is not in the contract\n    fix: did you mean "scores"?',
  ],
  [
    { golden: { cases: golden.cases.slice(1) } },
    'contract.yaml:16:1  error  golden/health-case  the health check\'s case "case-0" is not in the golden set',
    'golden.json  warning  golden/few-cases  19 cases prove little\n    fix: give at least 20, some of every class',
  ],
  [
    {
      config: [
        'max_batch_size: 8',
        'max_batch_size: 8 parameters { key: "EXECUTION_ENV_PATH" value { string_value: "s3://bucket/env.tar.gz" } }',
      ],
    },
    'config.pbtxt:3:81  error  release/mutable-reference  "s3://bucket/env.tar.gz" can change under us\n    fix: put the file into the release, or pin it by digest',
  ],
  [
    { contract: ['tensorrt: absent', 'tensorrt: latest'] },
    'contract.yaml:12:13  error  release/mutable-reference  "latest" can change under us\n    fix: pin it by digest',
  ],
];

for (const [change, ...findings] of table) {
  test(`a disagreement is told with its place: ${JSON.stringify(change).slice(0, 120)}`, () => deepStrictEqual(says(change), findings));
}
