import type { Dice } from '#core/base/dice.ts';
import type { Case, Step } from './case.ts';
import { httpRequest } from './http-text.ts';
import { mutateTree, printTree, treeOf } from './json-tree.ts';

const models = ['flat', 'flat', 'versions', 'matrix', 'pair', 'unreadable', 'nope', 'cached'];

/** A few loads and unloads, and what there is after each; at the end all is unloaded again. */
export function controlCase(dice: Dice): Case {
  const steps: Step[] = [];
  const told: string[] = [];
  const post = (path: string, body = ''): void => void steps.push({ kind: 'http', request: httpRequest('POST', path, body) });
  const get = (path: string): void => void steps.push({ kind: 'http', request: httpRequest('GET', path) });
  for (let count = 1 + dice.below(3); count > 0; count -= 1) {
    const model = dice.pick(models);
    const [path, body] = dice.chance(0.2) ? unloading(dice, model) : loading(dice, model);
    told.push(`${path.slice('/v2/repository/models/'.length)} ${body}`);
    post(path, body);
    post('/v2/repository/index');
    if (dice.chance(0.6)) get(`/v2/models/${model}/config`);
    if (dice.chance(0.4)) get(`/v2/models/${model}`);
  }
  for (const model of ['pair', ...new Set(models)]) if (told.join().includes(model)) post(`/v2/repository/models/${model}/unload`);
  post('/v2/repository/index');
  return { says: told.join(' | ').slice(0, 300), steps };
}

type Control = readonly [path: string, body: string];

function unloading(dice: Dice, model: string): Control {
  const body = dice.pick([
    '',
    '',
    '{}',
    '{"parameters":{"unload_dependents":true}}',
    '{"parameters":{"unload_dependents":1}}',
    '{"parameters":7}',
    '[',
    'x',
  ]);
  return [`/v2/repository/models/${model}/unload`, body];
}

/** With a configuration mostly, since that is refused or taken without starting much. */
function loading(dice: Dice, model: string): Control {
  const path = `/v2/repository/models/${model}/load`;
  if (dice.chance(0.12)) return [path, ''];
  const config = treeOf(dice.chance(0.7) ? identity(dice) : dice.pick([{}, ensemble, { backend: 'onnxruntime' }]));
  for (let count = dice.pick([0, 1, 1, 1, 2]); count > 0; count -= 1) mutateTree(dice, config);
  const root = treeOf({ parameters: { config: printTree(config) } });
  if (dice.chance(0.1)) mutateTree(dice, root);
  return [path, printTree(root)];
}

const tensor = (dice: Dice, name: string): object => ({
  name,
  data_type: dice.chance(0.85) ? 'TYPE_FP32' : dice.pick<unknown>(['TYPE_INT64', 'TYPE_STRING', 'TYPE_X', 11, 99, 'FP32', null]),
  dims: dice.chance(0.8) ? [-1] : dice.pick<unknown>([[], [1], ['-1'], [0], [-2], [1, -1], 1, ['x'], null]),
  ...(dice.chance(0.15) ? { reshape: { shape: dice.pick([[], [1], [-1], [-1, 1]]) } } : {}),
  ...(dice.chance(0.1) ? { optional: dice.chance(0.5) } : {}),
});

const extras: readonly object[] = [
  { dynamic_batching: {} },
  { dynamicBatching: { preferredBatchSize: [2, 4], maxQueueDelayMicroseconds: '100' } },
  { dynamic_batching: { preferred_batch_size: [9] } },
  { dynamic_batching: { priority_levels: 2, default_priority_level: 3 } },
  { version_policy: { latest: { num_versions: 2 } } },
  { versionPolicy: { specific: { versions: ['1', 3] } } },
  { version_policy: { all: {} } },
  { version_policy: { specific: { versions: [9] } } },
  { instance_group: [{ count: 0 }] },
  { instance_group: [{ kind: 'KIND_GPU' }] },
  { instance_group: [{ kind: 'KIND_CPU', gpus: [0] }] },
  { response_cache: { enable: true } },
  { parameters: { a: { string_value: 'b' } } },
  { model_warmup: [{ name: 'w', batch_size: 1, inputs: { x: { data_type: 'TYPE_FP32', dims: [1], zero_data: true } } }] },
  { sequence_batching: {} },
  { model_transaction_policy: { decoupled: true } },
  { optimization: { priority: 'PRIORITY_MAX' } },
  { default_model_filename: 'nope.onnx' },
  { name: 'other' },
  { metric_tags: { a: 'b' } },
  { platform: 'onnxruntime_onnx' },
];

const identity = (dice: Dice): object => ({
  backend: dice.chance(0.93) ? 'onnxruntime' : dice.pick(['nope', '', 'ensemble']),
  max_batch_size: dice.chance(0.7) ? 8 : dice.pick<unknown>([0, 1, -1, '3', 1.5, null]),
  input: [tensor(dice, dice.chance(0.93) ? 'x' : dice.pick(['', 'z']))],
  output: [tensor(dice, dice.chance(0.93) ? 'y' : dice.pick(['', 'x']))],
  ...(dice.chance(0.85) ? { instance_group: [{ count: 1, kind: 'KIND_CPU' }] } : {}),
  ...(dice.chance(0.5) ? dice.pick(extras) : {}),
});

const io = (name: string): object => ({ name, data_type: 'TYPE_FP32', dims: [-1, 2] });
const ensemble = {
  platform: 'ensemble',
  max_batch_size: 8,
  input: [io('in')],
  output: [io('out')],
  ensemble_scheduling: { step: [{ model_name: 'matrix', model_version: -1, input_map: { x: 'in' }, output_map: { y: 'out' } }] },
};
