import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { intAttribute, model, node, value } from '#core/model-file/made-up-onnx.ts';
import { onnxTypes, writeModels } from '../likeness/models.ts';

/** The repository that clients are tried on: the models that NVIDIA's examples ask for, by their names, beside those of the likeness. */
export function writeClientModels(): string {
  const repository = writeModels();
  const write = (name: string, onnx: Uint8Array, config: string): void => {
    mkdirSync(join(repository, name, '1'), { recursive: true });
    writeFileSync(join(repository, name, '1', 'model.onnx'), onnx);
    writeFileSync(join(repository, name, 'config.pbtxt'), `backend: "onnxruntime"\nmax_batch_size: 8\n${cpu}\n${config}`);
  };
  write('simple', sumAndDifference(onnxTypes.INT32), pairsOf('INT32'));
  write('simple_int8', sumAndDifference(onnxTypes.INT8), pairsOf('INT8'));
  write('simple_string', sumAndDifferenceOfTexts(), pairsOf('STRING'));
  write('simple_identity', identity(onnxTypes.STRING), identityOf('STRING'));
  write('simple_sequence', valueAndStart(), sequenceOf('direct { }', 'TYPE_UINT64'));
  write('simple_dyna_sequence', valueAndStart(), sequenceOf('oldest { max_candidate_sequences: 4 }', 'TYPE_UINT64'));
  write('simple_string_sequence', valueAndStart(onnxTypes.STRING), sequenceOf('direct { }', 'TYPE_STRING'));
  write('spare', identity(onnxTypes.FP32, 'x', 'y'), tensor('input', 'x', 'FP32', -1) + tensor('output', 'y', 'FP32', -1));
  // Waits for a full batch for longer than anyone here does: a request of one row is given up while it is in the queue.
  write(
    'slow',
    identity(onnxTypes.FP32),
    `${identityOf('FP32')}dynamic_batching { preferred_batch_size: [ 8 ] max_queue_delay_microseconds: 60000000 }`,
  );
  return repository;
}

const cpu = 'instance_group [ { count: 1 kind: KIND_CPU } ]';
const pairNames = ['INPUT0', 'INPUT1', 'OUTPUT0', 'OUTPUT1'] as const;

const tensor = (side: 'input' | 'output', name: string, type: string, dim: number): string =>
  `${side} [ { name: "${name}" data_type: TYPE_${type} dims: [ ${dim} ] } ]\n`;

const pairsOf = (type: string): string =>
  pairNames.map((name) => tensor(name.startsWith('IN') ? 'input' : 'output', name, type, 16)).join('');

const identityOf = (type: string): string => tensor('input', 'INPUT0', type, -1) + tensor('output', 'OUTPUT0', type, -1);

const identity = (type: number, from = 'INPUT0', to = 'OUTPUT0'): Uint8Array =>
  model({
    inputs: [value(from, ['batch', 'n'], type)],
    outputs: [value(to, ['batch', 'n'], type)],
    nodes: [node('Identity', [from], [to])],
  });

function pairs(type: number, nodes: readonly Uint8Array[]): Uint8Array {
  const [first, second, sum, difference] = pairNames.map((name) => value(name, ['batch', 16], type)) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  return model({ inputs: [first, second], outputs: [sum, difference], nodes });
}

const sumAndDifference = (type: number): Uint8Array =>
  pairs(type, [node('Add', ['INPUT0', 'INPUT1'], ['OUTPUT0']), node('Sub', ['INPUT0', 'INPUT1'], ['OUTPUT1'])]);

/** Texts that spell numbers are reckoned with as numbers. */
function sumAndDifferenceOfTexts(): Uint8Array {
  const cast = (from: string, to: string, type: number): Uint8Array =>
    node('Cast', [from], [to], { name: `${from} as ${to}`, attributes: [intAttribute('to', type)] });
  return pairs(onnxTypes.STRING, [
    cast('INPUT0', 'first', onnxTypes.INT32),
    cast('INPUT1', 'second', onnxTypes.INT32),
    node('Add', ['first', 'second'], ['sum']),
    node('Sub', ['first', 'second'], ['difference']),
    cast('sum', 'OUTPUT0', onnxTypes.STRING),
    cast('difference', 'OUTPUT1', onnxTypes.STRING),
  ]);
}

/** As NVIDIA's sequence examples expect: a sequence's first request is answered with its value plus one. The correlation id comes back too. */
function valueAndStart(correlation: number = onnxTypes.UINT64): Uint8Array {
  return model({
    inputs: [
      ...['INPUT', 'START', 'END', 'READY'].map((name) => value(name, ['batch', 1], onnxTypes.INT32)),
      value('CORRID', ['batch', 1], correlation),
    ],
    outputs: [
      ...['OUTPUT', 'END_SEEN', 'READY_SEEN'].map((name) => value(name, ['batch', 1], onnxTypes.INT32)),
      value('CORRID_SEEN', ['batch', 1], correlation),
    ],
    nodes: [
      node('Add', ['INPUT', 'START'], ['OUTPUT']),
      ...['END', 'READY', 'CORRID'].map((name) => node('Identity', [name], [`${name}_SEEN`], { name })),
    ],
  });
}

function sequenceOf(strategy: string, correlation: string): string {
  const controls = ['START', 'END', 'READY'].map(
    (kind) => `{ name: "${kind}" control [ { kind: CONTROL_SEQUENCE_${kind} int32_false_true: [ 0, 1 ] } ] }`,
  );
  return `${tensor('input', 'INPUT', 'INT32', 1)}${['OUTPUT', 'END_SEEN', 'READY_SEEN'].map((name) => tensor('output', name, 'INT32', 1)).join('')}
output [ { name: "CORRID_SEEN" data_type: ${correlation} dims: [ 1 ] } ]
sequence_batching {
  max_sequence_idle_microseconds: 60000000
  ${strategy}
  control_input [ ${controls.join(', ')}, { name: "CORRID" control [ { kind: CONTROL_SEQUENCE_CORRID data_type: ${correlation} } ] } ]
}
`;
}
