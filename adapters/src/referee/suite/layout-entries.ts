import type { Entry, Piece } from './base.ts';

const labelled = (file: string, files: Readonly<Record<string, string>> = {}): Piece => ({
  output: `output { name: "y" data_type: TYPE_FP32 dims: 2 label_filename: "${file}" }`,
  files,
});
const warm = (inside: string, files: Readonly<Record<string, string>> = {}, input = 'data_type: TYPE_FP32 dims: 4'): Piece => ({
  input: `input { name: "x" ${input} }`,
  append: `model_warmup { name: "w" batch_size: 1 inputs { key: "x" value { ${inside} } } }`,
  files,
});
const string = (text: string): string => `${String.fromCharCode(text.length)}\0\0\0${text}`;
const plain = (text: string): string => text.replace(/version_policy.*\n?/, '');

/** What Triton refuses of the files beside a configuration. */
export const layoutEntries: readonly Entry[] = [
  {
    code: 'layout/config-missing',
    bad: [
      { without: ['m/config.pbtxt'] },
      { without: ['m/config.pbtxt'], files: { 'm/config.pbtxt.bak': '' } },
      { without: ['m/config.pbtxt'], files: { 'm/configs/config.pbtxt': '' } },
    ],
    good: [{}, { files: { 'm/configs/x.pbtxt': 'bad {' } }],
  },
  {
    code: 'layout/version-missing',
    bad: [
      { without: ['m/1/model.x'] },
      { without: ['m/1/model.x'], files: { 'm/01/model.x': 'x' } },
      { without: ['m/1/model.x'], files: { 'm/v1/model.x': 'x' } },
      {
        append: 'version_policy { specific { versions: 3 } }',
        raw: (text: string) => `${plain(text.replace('version_policy { specific', 'VP'))}`.replace('VP', 'version_policy { specific'),
      },
      {
        append: 'version_policy { latest { } }',
        raw: (text: string) =>
          `${plain(text.replace('version_policy { latest { } }', 'VP'))}`.replace('VP', 'version_policy { latest { } }'),
      },
    ],
    good: [
      {},
      { without: ['m/1/model.x'], files: { 'm/0/': '' } },
      { without: ['m/1/model.x'], files: { 'm/1_old/x': '' } },
      { without: ['m/1/model.x'], files: { 'm/-1/x': '' } },
    ],
  },
  {
    code: 'layout/backend-missing',
    bad: ['onnxrutime', 'Python', 'none', 'x.y'].map((backend) => ({ backend: `backend: "${backend}"` })),
    good: [{}, { backend: 'backend: "identity"' }],
  },
  {
    code: 'layout/runtime-missing',
    bad: ['libtriton_other.so', 'model.py', 'x'].map((runtime) => ({ append: `runtime: "${runtime}"` })),
    good: [{ append: 'runtime: ""' }, { backend: 'backend: "accept"', append: 'runtime: "libtriton_accept.so"' }],
  },
  {
    code: 'layout/library-broken',
    bad: [
      { backend: 'backend: "accept"', files: { 'm/libtriton_accept.so': '' } },
      { backend: 'backend: "accept"', files: { 'm/1/libtriton_accept.so': 'x' } },
    ],
    good: [
      { backend: 'backend: "accept"', files: { 'm/libtriton_other.so': '' } },
      { backend: 'backend: "accept"', files: { 'm/2x/libtriton_accept.so': '', 'm/1/libtriton_accept.so.bak': '' } },
    ],
  },
  {
    code: 'layout/agent-missing',
    bad: ['decrypt', 'x', ''].map((name) => ({ append: `model_repository_agents { agents { name: "${name}" } }` })),
    good: [{ append: '# model_repository_agents { agents { name: "x" } }' }],
  },
  {
    code: 'layout/batch-strategy-missing',
    bad: ['', 'x.so', 'nowhere/x'].map((value) => ({
      append: `parameters { key: "TRITON_BATCH_STRATEGY_PATH" value { string_value: "${value}" } }`,
    })),
    good: [
      { append: 'parameters { key: "TRITON_BATCH_STRATEGY" value { string_value: "" } }' },
      { append: 'parameters { key: "triton_batch_strategy_path" value { string_value: "x" } }' },
    ],
  },
  {
    code: 'config/batch-strategy-sequence',
    bad: ['', 'x.so', '/x.so'].map((value) => ({
      append: `sequence_batching { } parameters { key: "TRITON_BATCH_STRATEGY_PATH" value { string_value: "${value}" } }`,
    })),
    good: [{ append: 'sequence_batching { } parameters { key: "TRITON_BATCH_STRATEGY" value { string_value: "x" } }' }],
  },
  {
    code: 'layout/batch-strategy-broken',
    bad: [{ files: { 'm/1/batchstrategy.so': '' } }, { files: { 'm/batchstrategy.so': 'x' } }],
    good: [{ files: { 'm/1/batchstrategy.so.bak': '' } }, { files: { 'm/2x/batchstrategy.so': '' } }],
  },
  {
    code: 'layout/labels-missing',
    bad: [
      labelled('labels.txt'),
      labelled('1/labels.txt'),
      labelled('a/../labels.txt', { 'm/labels.txt': 'a' }),
      labelled('Labels.txt', { 'm/labels.txt': 'a' }),
    ],
    good: [
      labelled('labels.txt', { 'm/labels.txt': 'a' }),
      labelled('1/model.x'),
      labelled('', {}),
      labelled('1/../labels.txt', { 'm/labels.txt': '' }),
    ],
  },
  {
    code: 'config/labels-twice',
    bad: [
      {
        output:
          'output { name: "y" data_type: TYPE_FP32 dims: 2 label_filename: "l" } output { name: "y" data_type: TYPE_FP32 dims: 2 label_filename: "l" }',
        files: { 'm/l': 'a' },
      },
    ],
    good: [
      {
        output: 'output { name: "y" data_type: TYPE_FP32 dims: 2 label_filename: "l" } output { name: "y" data_type: TYPE_FP32 dims: 2 }',
        files: { 'm/l': 'a' },
      },
    ],
  },
  {
    code: 'warmup/open-dim',
    bad: [warm('data_type: TYPE_FP32 dims: -1 zero_data: true'), warm('data_type: TYPE_FP32 dims: [ 2, -1 ] random_data: true')],
    good: [warm('data_type: TYPE_FP32 dims: 4 zero_data: true')],
  },
  {
    code: 'warmup/data-missing',
    bad: [warm('data_type: TYPE_FP32 dims: 4'), warm('data_type: TYPE_STRING dims: 4', {}, 'data_type: TYPE_STRING dims: 4')],
    good: [warm('data_type: TYPE_FP32 dims: 4 zero_data: false'), warm('data_type: TYPE_FP32 dims: 4 random_data: false')],
  },
  {
    code: 'warmup/file-missing',
    bad: [
      warm('data_type: TYPE_FP32 dims: 4 input_data_file: "a"'),
      warm('data_type: TYPE_FP32 dims: 4 input_data_file: "a"', { 'm/a': 'x'.repeat(16) }),
    ],
    good: [warm('data_type: TYPE_FP32 dims: 4 input_data_file: "a"', { 'm/warmup/a': 'x'.repeat(16) })],
  },
  {
    code: 'warmup/file-short',
    bad: [0, 15].map((size) => warm('data_type: TYPE_FP32 dims: 4 input_data_file: "a"', { 'm/warmup/a': 'x'.repeat(size) })),
    good: [16, 30].map((size) => warm('data_type: TYPE_FP32 dims: 4 input_data_file: "a"', { 'm/warmup/a': 'x'.repeat(size) })),
  },
  {
    code: 'warmup/file-strings',
    bad: [string('a'), `${string('a')}${string('b')}${string('c')}`, `${string('a')}xy`].map((text) =>
      warm('data_type: TYPE_STRING dims: 2 input_data_file: "a"', { 'm/warmup/a': text }, 'data_type: TYPE_STRING dims: 2'),
    ),
    good: [`${string('a')}${string('')}`, `${string('hello')}${string('b')}`].map((text) =>
      warm('data_type: TYPE_STRING dims: 2 input_data_file: "a"', { 'm/warmup/a': text }, 'data_type: TYPE_STRING dims: 2'),
    ),
  },
  {
    code: 'warmup/input-missing',
    bad: [
      { append: 'model_warmup { name: "w" batch_size: 1 }' },
      { append: 'model_warmup { name: "w" batch_size: 2 inputs { key: "X" value { data_type: TYPE_FP32 dims: 1 zero_data: true } } }' },
    ],
    good: [{ append: 'model_warmup { name: "w" }' }, warm('data_type: TYPE_FP32 dims: 4 zero_data: true')],
  },
  {
    code: 'warmup/data-type',
    bad: [warm('data_type: TYPE_INT32 dims: 4 zero_data: true'), warm('dims: 4 zero_data: true')],
    good: [warm('data_type: 11 dims: 4 zero_data: true')],
  },
  {
    code: 'warmup/shape',
    bad: [
      warm('data_type: TYPE_FP32 dims: 5 zero_data: true'),
      warm('data_type: TYPE_FP32 dims: [ 4, 1 ] zero_data: true'),
      warm('data_type: TYPE_FP32 zero_data: true'),
    ],
    good: [
      warm('data_type: TYPE_FP32 dims: 4 zero_data: true'),
      warm('data_type: TYPE_FP32 dims: 9 zero_data: true', {}, 'data_type: TYPE_FP32 dims: -1'),
    ],
  },
];
