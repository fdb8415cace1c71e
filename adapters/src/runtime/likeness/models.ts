import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { model, node, value } from '#core/model-file/made-up-onnx.ts';
import { message } from '#core/model-file/made-up-protobuf.ts';

const digits = fileURLToPath(new URL('../../../../examples/digits/releases/a/repository/digits', import.meta.url));

/** Datatypes that ONNX Runtime takes and NumPy knows, by their name in a configuration and their number in ONNX. */
export const onnxTypes = {
  FP32: 1,
  UINT8: 2,
  INT8: 3,
  UINT16: 4,
  INT16: 5,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FP16: 10,
  FP64: 11,
  UINT32: 12,
  UINT64: 13,
} as const;

type TypeName = keyof typeof onnxTypes;

/** A repository with a model for each thing that is compared. Both servers read the same one. */
export function writeModels(): string {
  const repository = mkdtempSync(join(tmpdir(), 'conch-likeness-'));
  cpSync(digits, join(repository, 'digits'), { recursive: true });
  write(repository, 'types', typesModel(), typesConfig);
  write(repository, 'flat', identity('x', 'y', ['n']), flatConfig);
  write(repository, 'doubles', identity('x', 'y', ['batch', 'n'], onnxTypes.FP64), rowsConfig.replaceAll('FP32', 'FP64'));
  write(repository, 'scalar', identity('x', 'y', ['batch']), scalarConfig);
  write(repository, 'matrix', identity('x', 'y', ['batch', 'n', 2]), matrixConfig);
  write(repository, 'text', identity('x', 'y', ['batch', 'n'], onnxTypes.STRING), textConfig);
  write(repository, 'cached', identity('x', 'y', ['batch', 'n']), cachedConfig);
  write(repository, 'direct', sequenceModel(), sequenceConfig('direct { }'));
  write(repository, 'oldest', sequenceModel(), sequenceConfig('oldest { max_candidate_sequences: 2 }'));
  write(repository, 'pair', undefined, pairConfig);
  write(repository, 'unreadable', undefined, 'max_bacth_size: 8\n');
  write(repository, 'versions', identity('x', 'y', ['batch', 'n']), versionsConfig, ['1', '2', '3']);
  return repository;
}

/**
 * The repositories `a`, `b` and `c` of one server. `twin` stands in two of them, and ensembles run it and others: from their own repository
 * (`own`), from another one (`far`, `above`), where nobody can say from which (`ambiguous`), and where it does not work.
 */
export function writeNamespaces(): string {
  const folder = mkdtempSync(join(tmpdir(), 'conch-likeness-'));
  const plain = (repository: string, name: string, config = rowsConfig, versions = ['1']): void =>
    write(join(folder, repository), name, identity('x', 'y', ['batch', 'n']), config, versions);
  const ensemble = (repository: string, name: string, ...models: readonly string[]): void =>
    write(join(folder, repository), name, undefined, throughConfig(models));
  for (const [repository, more] of Object.entries({ a: '', b: 'metric_tags { key: "team" value: "search" }\n' }))
    plain(repository, 'twin', `${rowsConfig}response_cache { enable: true }\n${more}`);
  plain('a', 'alone');
  plain('b', 'other', rowsConfig, ['1', '2']);
  plain('a', 'small', rowsConfig.replace('max_batch_size: 8', 'max_batch_size: 3'));
  plain('a', 'half');
  write(join(folder, 'b'), 'half', undefined, 'max_bacth_size: 8\n');
  write(join(folder, 'c'), 'unreadable', undefined, 'max_bacth_size: 8\n');
  plain('b', 'empty', rowsConfig, []);
  ensemble('a', 'own', 'twin');
  ensemble('a', 'far', 'other');
  ensemble('c', 'above', 'far', 'other');
  ensemble('c', 'ambiguous', 'twin');
  ensemble('c', 'missing', 'nope', 'twin');
  ensemble('c', 'wide', 'small');
  ensemble('b', 'aboveWide', 'wide');
  ensemble('b', 'hollow', 'empty');
  write(join(folder, 'c'), 'amiss', undefined, throughConfig(['other']).replace('key: "x"', 'key: "z"'));
  write(join(folder, 'a'), 'late', undefined, throughConfig(['other']).replace('model_version: -1', 'model_version: 1'));
  return folder;
}

/** Models of one instance that takes its time, each with another queue. */
export function writeSlowModels(): string {
  const repository = mkdtempSync(join(tmpdir(), 'conch-likeness-'));
  for (const [name, queue] of Object.entries(queues)) {
    const { width = -1, ...more } = typeof queue === 'string' ? { batching: queue, batchMax: 4, instances: 1 } : queue;
    write(repository, name, identity('x', 'y', ['batch', width < 0 ? 'n' : width]), slowConfig({ width, ...more }));
  }
  return repository;
}

/** Models for stories about sequences: of one slot each, that take their time, and of several slots, that tell how many rows their batches have. */
export function writeSequences(): string {
  const repository = mkdtempSync(join(tmpdir(), 'conch-likeness-'));
  for (const [name, model] of Object.entries(sequenceModels)) write(repository, name, rowsModel, sequenceStoryConfig(model));
  return repository;
}

type SequenceStory = {
  readonly strategy: string;
  readonly batchMax: number;
  readonly serviceMs: number;
  readonly idleMs?: number;
  readonly instances?: number;
};

const sequenceModels: Readonly<Record<string, SequenceStory>> = {
  direct: { strategy: 'direct { }', batchMax: 1, serviceMs: 400 },
  oldest: { strategy: 'oldest { max_candidate_sequences: 1 }', batchMax: 1, serviceMs: 400 },
  idleDirect: { strategy: 'direct { }', batchMax: 1, serviceMs: 400, idleMs: 950 },
  idleOldest: { strategy: 'oldest { max_candidate_sequences: 1 }', batchMax: 1, serviceMs: 400, idleMs: 950 },
  rows: { strategy: 'direct { }', batchMax: 4, serviceMs: 0 },
  rowsOfTwo: { strategy: 'direct { }', batchMax: 4, serviceMs: 0, instances: 2 },
  half: {
    strategy: 'direct { max_queue_delay_microseconds: 600000 minimum_slot_utilization: 0.5 }',
    batchMax: 4,
    serviceMs: 0,
  },
  slowRows: { strategy: 'direct { }', batchMax: 4, serviceMs: 400 },
  oldestOfFour: { strategy: 'oldest { max_candidate_sequences: 4 }', batchMax: 4, serviceMs: 400 },
  oldestInTurn: { strategy: 'oldest { max_candidate_sequences: 4 }', batchMax: 1, serviceMs: 300 },
};

const sequenceStoryConfig = ({
  strategy,
  batchMax,
  serviceMs,
  idleMs = 60_000,
  instances = 1,
}: SequenceStory): string => `backend: "onnxruntime"
instance_group [ { count: ${instances} kind: KIND_CPU } ]
max_batch_size: ${batchMax}
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] } ]
sequence_batching {
  max_sequence_idle_microseconds: ${idleMs * 1000}
  ${strategy}
  control_input [ { name: "START" control [ { kind: CONTROL_SEQUENCE_START fp32_false_true: [ 0, 100 ] } ] } ]
}
parameters { key: "rehearse_service_time_us" value { string_value: "${serviceMs * 1000}" } }
`;

const policy = (more: string): string => `default_queue_policy { ${more} }`;

type Queue = { readonly batching: string; readonly batchMax: number; readonly instances: number; readonly width?: number };

const queues: Readonly<Record<string, string | Queue>> = {
  single: '',
  dynamic: 'dynamic_batching { }',
  preferred: 'dynamic_batching { preferred_batch_size: [ 2, 3 ] }',
  delayed: 'dynamic_batching { max_queue_delay_microseconds: 100000 }',
  bounded: `dynamic_batching { ${policy('max_queue_size: 2')} }`,
  impatient: `dynamic_batching { ${policy('default_timeout_microseconds: 100000')} }`,
  asking: `dynamic_batching { ${policy('allow_timeout_override: true default_timeout_microseconds: 30000000')} }`,
  lenient: `dynamic_batching { preferred_batch_size: [ 1 ] ${policy('timeout_action: DELAY default_timeout_microseconds: 100000')} }`,
  levels: 'dynamic_batching { preferred_batch_size: [ 1 ] priority_levels: 3 default_priority_level: 2 }',
  ordered: 'dynamic_batching { preserve_ordering: true }',
  // Only where all requests have one shape.
  asleep: { batching: 'dynamic_batching { max_queue_delay_microseconds: 20000 }', batchMax: 8, instances: 1, width: 2 },
  ahead: { batching: 'dynamic_batching { preferred_batch_size: [ 2, 4 ] }', batchMax: 4, instances: 2 },
  merged: {
    batching: 'dynamic_batching { preferred_batch_size: [ 2, 4 ] max_queue_delay_microseconds: 100000 }',
    batchMax: 8,
    instances: 1,
  },
};

const slowConfig = ({ batching, batchMax, instances, width }: Required<Queue>): string => `backend: "onnxruntime"
instance_group [ { count: ${instances} kind: KIND_CPU } ]
max_batch_size: ${batchMax}
input [ { name: "x" data_type: TYPE_FP32 dims: [ ${width} ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ ${width} ] } ]
parameters { key: "rehearse_service_time_us" value { string_value: "400000" } }
${batching}
`;

/** A model's folder; without a configuration where none is given. */
export function write(repository: string, name: string, onnx: Uint8Array | undefined, config: string | undefined, versions = ['1']): void {
  mkdirSync(join(repository, name), { recursive: true });
  for (const version of versions) {
    mkdirSync(join(repository, name, version), { recursive: true });
    if (onnx) writeFileSync(join(repository, name, version, 'model.onnx'), onnx);
  }
  if (config !== undefined) writeFileSync(join(repository, name, 'config.pbtxt'), config);
}

const cpu = 'instance_group [ { count: 1 kind: KIND_CPU } ]';
const backend = `backend: "onnxruntime"\n${cpu}`;

export const identity = (from: string, to: string, shape: readonly (string | number)[], type: number = onnxTypes.FP32): Uint8Array =>
  model({ inputs: [value(from, shape, type)], outputs: [value(to, shape, type)], nodes: [node('Identity', [from], [to])] });

/** One whole number that the model has. */
const whole = (name: string, number: bigint): Uint8Array =>
  message([1, 1], [2, onnxTypes.INT64], [8, name], [9, new Uint8Array(BigInt64Array.of(number).buffer)]);

/** Gives the first row of a batch alone, where each request is to get its rows back. */
export const firstRow = model({
  inputs: [value('x', ['batch', 'n'])],
  outputs: [value('y', ['m', 'n'])],
  nodes: [node('Slice', ['x', 'from', 'to', 'axis'], ['y'])],
  initializers: [whole('from', 0n), whole('to', 1n), whole('axis', 0n)],
});

const typeNames = Object.keys(onnxTypes) as TypeName[];

const typesModel = (): Uint8Array =>
  model({
    inputs: typeNames.map((type) => value(type, ['batch', 2], onnxTypes[type])),
    outputs: typeNames.map((type) => value(`${type}_out`, ['batch', 2], onnxTypes[type])),
    nodes: typeNames.map((type) => node('Identity', [type], [`${type}_out`], { name: type })),
  });

const typesConfig = `${backend}
max_batch_size: 4
input [ ${typeNames.map((type) => `{ name: "${type}" data_type: TYPE_${type} dims: [ 2 ] }`).join(', ')} ]
output [ ${typeNames.map((type) => `{ name: "${type}_out" data_type: TYPE_${type} dims: [ 2 ] }`).join(', ')} ]
`;

const flatConfig = `${backend}
input [ { name: "x" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ -1 ] } ]
`;

const scalarConfig = `${backend}
max_batch_size: 8
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] reshape { shape: [ ] } } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ 1 ] reshape { shape: [ ] } } ]
dynamic_batching { }
`;

const matrixConfig = `${backend}
max_batch_size: 8
input [ { name: "x" data_type: TYPE_FP32 dims: [ -1, 2 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ -1, 2 ] } ]
dynamic_batching { priority_levels: 2 default_priority_level: 1 }
`;

const textConfig = `${backend}
max_batch_size: 8
input [ { name: "x" data_type: TYPE_STRING dims: [ -1 ] } ]
output [ { name: "y" data_type: TYPE_STRING dims: [ -1 ] } ]
`;

const rowsConfig = `${backend}
max_batch_size: 8
input [ { name: "x" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ -1 ] } ]
`;

const cachedConfig = `${rowsConfig}response_cache { enable: true }
metric_tags { key: "team" value: "search" }
`;

const versionsConfig = `${rowsConfig}version_policy { specific { versions: [ 1, 3 ] } }
`;

/** Tells in each answer what the controls said of its request. */
export function sequenceModel(): Uint8Array {
  const controls = ['START', 'END', 'READY'];
  return model({
    inputs: [...['x', ...controls].map((name) => value(name, ['batch', 1])), value('CORRID', ['batch', 1], onnxTypes.UINT64)],
    outputs: [
      ...['y', ...controls.map((name) => `${name}_seen`)].map((name) => value(name, ['batch', 1])),
      value('CORRID_seen', ['batch', 1], onnxTypes.UINT64),
    ],
    nodes: [node('Identity', ['x'], ['y']), ...[...controls, 'CORRID'].map((name) => node('Identity', [name], [`${name}_seen`], { name }))],
  });
}

/** Gives its input, and how many rows the batch has, and what the control says at a start: all three added up. */
const rowsModel = model({
  inputs: [value('x', ['batch', 1]), value('START', ['batch', 1])],
  outputs: [value('y', ['batch', 1])],
  nodes: [
    node('Size', ['x'], ['rows']),
    node('Cast', ['rows'], ['count'], { attributes: [message([1, 'to'], [3, onnxTypes.FP32], [20, 2])] }),
    node('Add', ['x', 'count'], ['counted'], { name: 'counted' }),
    node('Add', ['counted', 'START'], ['y'], { name: 'y' }),
  ],
});

const sequenceConfig = (strategy: string): string => `${backend}
max_batch_size: 4
input [ { name: "x" data_type: TYPE_FP32 dims: [ 1 ] } ]
output [ ${['y', 'START_seen', 'END_seen', 'READY_seen'].map((name) => `{ name: "${name}" data_type: TYPE_FP32 dims: [ 1 ] }`).join(', ')}, { name: "CORRID_seen" data_type: TYPE_UINT64 dims: [ 1 ] } ]
sequence_batching {
  max_sequence_idle_microseconds: 60000000
  ${strategy}
  control_input [
    ${['START', 'END', 'READY'].map((kind) => `{ name: "${kind}" control [ { kind: CONTROL_SEQUENCE_${kind} fp32_false_true: [ 0, 1 ] } ] }`).join(',\n    ')},
    { name: "CORRID" control [ { kind: CONTROL_SEQUENCE_CORRID data_type: TYPE_UINT64 } ] }
  ]
}
`;

/** Through \`matrix\`, and then through it again. */
const pairConfig = `platform: "ensemble"
max_batch_size: 8
input [ { name: "in" data_type: TYPE_FP32 dims: [ -1, 2 ] } ]
output [ { name: "out" data_type: TYPE_FP32 dims: [ -1, 2 ] } ]
ensemble_scheduling { step [
  { model_name: "matrix" model_version: -1 input_map { key: "x" value: "in" } output_map { key: "y" value: "between" } },
  { model_name: "matrix" model_version: -1 input_map { key: "x" value: "between" } output_map { key: "y" value: "out" } }
] }
`;

/** One after the other. */
const throughConfig = (models: readonly string[]): string => `platform: "ensemble"
max_batch_size: 8
input [ { name: "x" data_type: TYPE_FP32 dims: [ -1 ] } ]
output [ { name: "y" data_type: TYPE_FP32 dims: [ -1 ] } ]
ensemble_scheduling { step [
  ${models.map((name, index) => stepText(name, index === 0 ? 'x' : `t${index}`, index === models.length - 1 ? 'y' : `t${index + 1}`)).join(',\n  ')}
] }
`;

const stepText = (name: string, from: string, to: string): string =>
  `{ model_name: "${name}" model_version: -1 input_map { key: "x" value: "${from}" } output_map { key: "y" value: "${to}" } }`;
