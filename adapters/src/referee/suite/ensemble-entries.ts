import type { Entry, Piece } from './base.ts';

/** A composing model, whole. */
const model = (
  name: string,
  { inputs = ['in'], outputs = ['out'], type = 'TYPE_FP32', dims = '4', mbs = 64, more = '' } = {},
): Record<string, string> => ({
  [`${name}/1/x`]: 'x',
  [`${name}/config.pbtxt`]: [
    `backend: "accept" max_batch_size: ${mbs}`,
    ...inputs.map((one) => `input { name: "${one}" data_type: ${type} dims: [ ${dims} ] }`),
    ...outputs.map((one) => `output { name: "${one}" data_type: ${type} dims: [ ${dims} ] }`),
    more,
  ].join('\n'),
});

const step = (name: string, reads: Record<string, string>, writes: Record<string, string>, version = 'model_version: -1'): string => {
  const map = (list: string, pairs: Record<string, string>): string =>
    Object.entries(pairs)
      .map(([key, value]) => `${list} { key: "${key}" value: "${value}" }`)
      .join(' ');
  return `step { model_name: "${name}" ${version} ${map('input_map', reads)} ${map('output_map', writes)} }`;
};

const a = step('a', { in: 'x' }, { out: 't' });
const b = step('b', { in: 't' }, { out: 'y' });
const tensor = 'data_type: TYPE_FP32 dims: 4';

type Parts = {
  readonly steps?: string;
  readonly more?: string;
  readonly input?: string;
  readonly output?: string;
  readonly mbs?: number;
  readonly files?: Record<string, string>;
  readonly platform?: string;
};

const ensemble = ({
  steps = `${a} ${b}`,
  more = '',
  input = `input { name: "x" ${tensor} }`,
  output = `output { name: "y" ${tensor} }`,
  mbs = 1,
  files = {},
  platform = 'platform: "ensemble"',
}: Parts = {}): Piece => ({
  backend: platform,
  mbs,
  input,
  output,
  files: { ...model('a'), ...model('b'), ...files },
  append: `${more}\nensemble_scheduling { ${steps} }`,
  // An ensemble has nothing to optimise, and no file of its own.
  raw: (text) => text.replace(/optimization.*\n|default_model_filename.*\n|cc_model.*\n|model_operations.*\n/g, ''),
});

const fine = ensemble();
const circle = ensemble({
  files: {
    ...model('a'),
    'c/1/x': 'x',
    'c/config.pbtxt': `platform: "ensemble" max_batch_size: 1 input { name: "in" ${tensor} } output { name: "out" ${tensor} } ensemble_scheduling { ${step('m', { x: 'in' }, { y: 'out' })} }`,
  },
  steps: `${a} ${step('c', { in: 't' }, { out: 'y' })}`,
});

/** What Triton refuses of ensembles, alone and with the models that they run. */
export const ensembleEntries: readonly Entry[] = [
  { code: 'ensemble/platform-missing', bad: [ensemble({ platform: 'backend: "accept"' })], good: [fine] },
  { code: 'ensemble/scheduling-missing', bad: [{ backend: 'platform: "ensemble"' }], good: [fine] },
  {
    code: 'ensemble/instance-group',
    bad: [ensemble({ more: 'instance_group { }' }), ensemble({ more: 'instance_group { kind: KIND_CPU }' })],
    good: [ensemble({ more: 'instance_group [ ]' })],
  },
  {
    code: 'ensemble/optimization',
    bad: [ensemble({ more: 'optimization { }' }), ensemble({ more: 'optimization { priority: PRIORITY_MAX }' })].map((piece) => ({
      ...piece,
      raw: (text: string) => text.replace(/optimization [{<] (graph|input).*\n/g, ''),
    })),
    good: [fine],
  },
  { code: 'ensemble/warmup', bad: [ensemble({ more: 'model_warmup { }' })], good: [ensemble({ more: 'model_warmup: [ ]' })] },
  { code: 'ensemble/step-missing', bad: [ensemble({ steps: '' })], good: [fine] },
  { code: 'ensemble/step-model-missing', bad: [ensemble({ steps: `${step('', { in: 'x' }, { out: 't' })} ${b}` })], good: [fine] },
  { code: 'ensemble/step-inputs-missing', bad: [ensemble({ steps: `${step('a', {}, { out: 't' })} ${b}` })], good: [fine] },
  { code: 'ensemble/step-outputs-missing', bad: [ensemble({ steps: `${a} ${step('b', { in: 't' }, {})}` })], good: [fine] },
  {
    code: 'ensemble/tensor-written-twice',
    bad: [ensemble({ steps: `${a} ${step('b', { in: 'x' }, { out: 't' })} ${b}` })],
    good: [ensemble({ steps: `${a} ${step('b', { in: 't' }, { out: 'y' })}` })],
  },
  {
    code: 'ensemble/input-unused',
    bad: [ensemble({ input: `input { name: "x" ${tensor} } input { name: "z" ${tensor} }` })],
    good: [ensemble({ input: `input { name: "x" ${tensor} } input { name: "x" ${tensor} }` })],
  },
  {
    code: 'ensemble/output-unknown',
    bad: [ensemble({ output: `output { name: "y" ${tensor} } output { name: "z" ${tensor} }` })],
    good: [ensemble({ output: `output { name: "y" ${tensor} } output { name: "t" ${tensor} }` })],
  },
  {
    code: 'ensemble/output-not-written',
    bad: [
      ensemble({ steps: `${step('a', { in: 'q' }, { out: 't' })} ${b} ${step('a', { in: 'x' }, { out: 'u' })}` }),
      ensemble({ input: '' }),
      ensemble({ steps: `${step('a', { in: 'y' }, { out: 't' })} ${b} ${step('a', { in: 'x' }, { out: 'u' })}` }),
    ],
    good: [ensemble({ steps: `${b} ${a}` })],
  },
  {
    code: 'ensemble/tensor-unused',
    bad: [ensemble({ steps: `${a} ${b} ${step('a', { in: 'x' }, { out: 'u' })}` })],
    good: [
      ensemble({
        output: `output { name: "y" ${tensor} } output { name: "u" ${tensor} }`,
        steps: `${a} ${b} ${step('a', { in: 'x' }, { out: 'u' })}`,
      }),
    ],
  },
  {
    code: 'ensemble/model-unknown',
    bad: [
      ensemble({ steps: `${a} ${step('gone', { in: 't' }, { out: 'y' })}` }),
      ensemble({ files: { 'b/config.pbtxt': 'odd: 1' } }),
      ensemble({ files: { 'b/config.pbtxt': 'backend: "accept" max_batch_size: -1' } }),
    ],
    good: [fine],
  },
  { code: 'ensemble/circle', bad: [circle, ensemble({ steps: `${a} ${step('m', { x: 't' }, { y: 'y' })}` })], good: [fine] },
  {
    code: 'ensemble/model-invalid',
    bad: [
      ensemble({ files: model('b', { more: 'instance_group { kind: KIND_CPU gpus: 0 }' }) }),
      ensemble({ files: model('b', { more: 'runtime: "gone"' }) }),
    ],
    good: [ensemble({ files: model('b', { more: 'instance_group { kind: KIND_CPU }' }) })],
  },
  {
    code: 'ensemble/version-not-loaded',
    bad: [
      ensemble({ steps: `${a} ${step('b', { in: 't' }, { out: 'y' }, 'model_version: 2')}` }),
      ensemble({ steps: `${a} ${step('b', { in: 't' }, { out: 'y' }, '')}` }),
    ],
    good: [ensemble({ steps: `${a} ${step('b', { in: 't' }, { out: 'y' }, 'model_version: 1')}` })],
  },
  {
    code: 'ensemble/batch-too-large',
    bad: [ensemble({ mbs: 65 }), ensemble({ mbs: 8, files: model('b', { mbs: 4 }) })],
    good: [ensemble({ mbs: 64 }), ensemble({ mbs: 0 })],
  },
  {
    code: 'ensemble/map-input-unknown',
    bad: [
      ensemble({ steps: `${a} ${step('b', { in: 't', other: 't' }, { out: 'y' })}` }),
      ensemble({ steps: `${a} ${step('b', { IN: 't' }, { out: 'y' })}` }),
    ],
    good: [fine],
  },
  {
    code: 'ensemble/map-input-missing',
    bad: [ensemble({ files: model('b', { inputs: ['in', 'in2'] }) })],
    good: [ensemble({ files: model('b', { more: `input { name: "in2" ${tensor} optional: true }` }) })],
  },
  {
    code: 'ensemble/map-output-unknown',
    bad: [
      ensemble({
        steps: `${a} ${step('b', { in: 't' }, { out: 'y', other: 'z' })}`,
        output: `output { name: "y" ${tensor} } output { name: "z" ${tensor} }`,
      }),
    ],
    good: [ensemble({ files: model('b', { outputs: ['out', 'unread'] }) })],
  },
  {
    code: 'ensemble/data-type-mismatch',
    bad: [ensemble({ files: model('b', { type: 'TYPE_INT32' }) }), ensemble({ input: 'input { name: "x" data_type: TYPE_FP16 dims: 4 }' })],
    good: [fine],
  },
  {
    code: 'ensemble/shape-mismatch',
    bad: [
      ensemble({ files: model('b', { dims: '5' }) }),
      ensemble({ files: model('b', { dims: '2, 2' }) }),
      ensemble({ input: 'input { name: "x" data_type: TYPE_FP32 dims: [ 4, 1 ] }' }),
    ],
    good: [
      ensemble({ files: model('b', { dims: '-1' }), output: 'output { name: "y" data_type: TYPE_FP32 dims: 9 }' }),
      ensemble({ mbs: 0, input: 'input { name: "x" data_type: TYPE_FP32 dims: [ -1, 4 ] }' }),
    ],
  },
  {
    code: 'ensemble/decoupled-branches',
    bad: [
      ensemble({
        steps: `${a} ${step('c', { in: 'x' }, { out: 'u' })} ${step('d', { in1: 't', in2: 'u' }, { out: 'y' })}`,
        files: {
          ...model('a', { more: 'model_transaction_policy { decoupled: true }' }),
          ...model('c', { more: 'model_transaction_policy { decoupled: true }' }),
          ...model('d', { inputs: ['in1', 'in2'] }),
        },
      }),
    ],
    good: [
      ensemble({
        steps: `${a} ${step('c', { in: 't' }, { out: 'u' })} ${step('d', { in1: 'u', in2: 'u' }, { out: 'y' })}`,
        files: {
          ...model('a', { more: 'model_transaction_policy { decoupled: true }' }),
          ...model('c'),
          ...model('d', { inputs: ['in1', 'in2'] }),
        },
      }),
    ],
  },
];
