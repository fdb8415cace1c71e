import { type Dice, weighted } from '#core/base/dice.ts';
import {
  copyOfTensor,
  type Mapping,
  type Model,
  modelText,
  type Plan,
  type Step,
  type Tensor,
  tensorsText,
  tensorTypes,
} from './ensemble-plan.ts';

/** Changes a plan in one place, and says how. Most changes make it wrong; some do not. */
export function changePlan(plan: Plan, dice: Dice): string {
  return weighted(dice, [
    [8, mapping],
    [4, version],
    [3, stepModel],
    [7, dims],
    [4, type],
    [4, batch],
    [3, versionFolders],
    [3, decoupled],
    [3, optional],
    [3, reshape],
    [4, steps],
    [5, ownTensors],
    [4, ownConfig],
    [4, brokenModel],
    [4, nested],
    [1, scheduler],
  ])(plan, dice);
}

type Change = (plan: Plan, dice: Dice) => string;

/** Key or value of a map entry: gone, doubled, or another's. */
const mapping: Change = (plan, dice) => {
  const step = anyStep(plan, dice);
  const maps = step && (dice.chance(0.5) ? step.inputs : step.outputs);
  const one = maps && any(maps, dice);
  if (!step || !maps || !one) return 'no map';
  const values = [
    ...plan.inputs.map(({ name }) => name),
    ...plan.steps.flatMap(({ inputs, outputs }) => [...inputs, ...outputs].map(({ value }) => value)),
    'nowhere',
    '',
  ];
  const keys = ['in0', 'in1', 'out0', 'out1', 'nowhere', ''];
  return weighted<() => string>(dice, [
    [3, () => (maps.splice(maps.indexOf(one), 1), `unmap ${one.key}`)],
    [3, () => set(one, 'value', dice.pick(values))],
    [3, () => set(one, 'key', dice.pick(keys))],
    [2, () => (maps.push({ key: dice.pick(keys), value: one.value }), `${one.value} mapped twice`)],
    [2, () => (maps.push({ key: one.key, value: dice.pick(values) }), `${one.key} mapped twice`)],
    [1, () => (maps.splice(0), 'unmap all')],
    [1, () => (step.outputs.push({ key: dice.pick(keys), value: 'extra' }), 'map an output that nobody reads')],
  ])();
};

function set(one: Mapping, part: keyof Mapping, to: string): string {
  const said = `${part} ${one[part]} becomes ${to}`;
  one[part] = to;
  return said;
}

const version: Change = (plan, dice) => {
  const step = anyStep(plan, dice);
  if (!step) return 'no step';
  step.version = dice.pick([undefined, '0', '1', '2', '3', '-1', '-2', '9223372036854775807', '7']);
  return `version ${step.version}`;
};

const stepModel: Change = (plan, dice) => {
  const step = anyStep(plan, dice);
  if (!step) return 'no step';
  const other = dice.pick([...plan.models.map(({ name }) => name), 'nowhere', 'e', '', ' a', 'A']);
  const said = `step ${step.model} runs ${other}`;
  step.model = other;
  return said;
};

const dims: Change = (plan, dice) => {
  const tensor = anyTensor(plan, dice);
  if (!tensor) return 'no tensor';
  const [before, after] = [tensor.dims.slice(0, -1), tensor.dims.slice(1)];
  tensor.dims = weighted(dice, [
    [4, [...before, dice.pick(['-1', '-1', '-1', '1', '2', '5', '16', '16', '0'])]],
    [2, [dice.pick(['-1', '-1', '5']), ...after]],
    [2, [dice.pick(['-1', '-1', '1', '4']), ...tensor.dims]],
    [2, [...tensor.dims, dice.pick(['1', '-1', '3'])]],
    [1, before],
    [1, after],
    [1, tensor.dims.toReversed()],
  ]);
  return `dims of ${tensor.name}: ${tensor.dims.join(' ')}`;
};

const type: Change = (plan, dice) => {
  const tensor = anyTensor(plan, dice);
  if (!tensor) return 'no tensor';
  tensor.type = dice.pick([...tensorTypes, 'TYPE_INVALID', '77']);
  return `${tensor.name} is ${tensor.type}`;
};

const batch: Change = (plan, dice) => {
  const to = dice.pick([0, 0, 1, 4, 8, 16, -1]);
  const model = dice.chance(0.6) ? any(plan.models, dice) : undefined;
  (model ?? plan).batch = to;
  return `batch of ${model?.name ?? 'e'}: ${to}`;
};

const versionFolders: Change = (plan, dice) => {
  const model = dice.chance(0.75) ? any(plan.models, dice) : undefined;
  (model ?? plan).versions = dice.pick([[], ['0'], ['1'], ['1', '2'], ['2'], ['1_old'], ['01'], ['0', '1'], ['1', '5']]);
  const policy = dice.pick([
    '',
    '',
    'version_policy { all { } }',
    'version_policy { specific { versions: [ 1 ] } }',
    'version_policy { specific { versions: [ 1, 2 ] } }',
  ]);
  (model ?? plan).extra.push(policy);
  return `versions of ${model?.name ?? 'e'}: ${(model ?? plan).versions.join(' ')} ${policy}`;
};

/** A decoupled step starts a stream of its own: what comes of two cannot be put together. */
const decoupled: Change = (plan, dice) => {
  const count = 1 + dice.below(2);
  const said: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const model = any(plan.models, dice);
    if (!model || model.extra.includes(decoupledPolicy)) continue;
    model.extra.push(decoupledPolicy);
    said.push(model.name);
  }
  if (dice.chance(0.3)) plan.extra.push('response_cache { enable: true }');
  if (dice.chance(0.2)) plan.extra.push(decoupledPolicy);
  return `decoupled: ${said.join(' ')}`;
};

const decoupledPolicy = 'model_transaction_policy { decoupled: true }';

const optional: Change = (plan, dice) => {
  const model = any(plan.models, dice);
  if (!model) return 'no model';
  const tensor: Tensor = { name: dice.pick(['more', 'in1', 'in0']), type: 'TYPE_FP32', dims: ['1'] };
  if (dice.chance(0.7)) tensor.isOptional = true;
  if (dice.chance(0.8)) model.inputs.push(tensor);
  else model.outputs.push({ ...tensor, name: 'more_out' });
  return `${model.name} has ${tensor.isOptional ? 'an optional' : 'another'} tensor ${tensor.name}`;
};

const reshape: Change = (plan, dice) => {
  const tensor = anyTensor(plan, dice);
  if (!tensor) return 'no tensor';
  tensor.reshape = dice.pick([['1', ...tensor.dims], [...tensor.dims, '1'], [...tensor.dims], [], ['1'], ['6'], ['-1']]);
  return `${tensor.name} reshaped to ${tensor.reshape.join(' ')}`;
};

const steps: Change = (plan, dice) => {
  const step = anyStep(plan, dice);
  if (!step) return 'no step';
  return weighted<() => string>(dice, [
    [2, () => (plan.steps.splice(plan.steps.indexOf(step), 1), `remove step ${step.model}`)],
    [1, () => (plan.steps.push(copyOfStep(step)), `repeat step ${step.model}`)],
    [2, () => (plan.steps.reverse(), 'steps in reverse')],
    [1, () => (plan.steps.splice(0), 'no steps')],
    [2, () => (plan.steps.push(renamedStep(step)), `run ${step.model} twice`)],
    [2, () => loop(plan, step, dice)],
  ])();
};

/** The same model again, whose results nobody reads. */
function renamedStep(step: Step): Step {
  return { ...copyOfStep(step), outputs: step.outputs.map(({ key, value }) => ({ key, value: `${value}_again` })) };
}

/** A step reads what it, or a later one, writes. */
function loop(plan: Plan, step: Step, dice: Dice): string {
  const later = plan.steps.slice(plan.steps.indexOf(step)).flatMap(({ outputs }) => outputs);
  const [read, written] = [any(step.inputs, dice), any(later, dice)];
  if (read && written) read.value = written.value;
  return `${step.model} reads a later result`;
}

const ownTensors: Change = (plan, dice) => {
  const list = dice.chance(0.5) ? plan.inputs : plan.outputs;
  const one = any(list, dice);
  const inner = plan.steps.flatMap(({ inputs, outputs }) => [...inputs, ...outputs].map(({ value }) => value));
  return weighted<() => string>(dice, [
    [2, () => (one ? (list.splice(list.indexOf(one), 1), `e without ${one.name}`) : 'nothing')],
    [
      2,
      () =>
        one ? (list.push({ ...copyOfTensor(one), name: dice.pick(['nowhere', ...inner]) }), `e also has ${list.at(-1)?.name}`) : 'nothing',
    ],
    [2, () => (one ? ((one.name = dice.pick(['nowhere', '', ...inner])), `e renames a tensor to ${one.name}`) : 'nothing')],
    [1, () => (one ? (list.push(copyOfTensor(one)), `e has ${one.name} twice`) : 'nothing')],
    [1, () => (list.splice(0), list === plan.inputs ? 'e without inputs' : 'e without outputs')],
  ])();
};

const ownConfig: Change = (plan, dice) => {
  if (dice.chance(0.15)) {
    plan.platform = dice.pick(['', 'onnxruntime_onnx', 'Ensemble', 'ensembles']);
    return `platform ${plan.platform}`;
  }
  const statement = dice.pick([
    ...[
      'backend: "accept"',
      'backend: "ensemble"',
      'backend: ""',
      'instance_group { kind: KIND_CPU }',
      'instance_group { }',
      'optimization { }',
      'optimization { priority: PRIORITY_MAX }',
    ],
    ...[
      'model_warmup { name: "w" }',
      'model_warmup { batch_size: 1 }',
      'dynamic_batching { }',
      'sequence_batching { }',
      'response_cache { enable: true }',
      'response_cache { }',
      'name: "e"',
      'name: "other"',
    ],
    ...[
      'runtime: "x.so"',
      'default_model_filename: "model.onnx"',
      'parameters { key: "a" value { string_value: "b" } }',
      'batch_input { kind: BATCH_ELEMENT_COUNT target_name: "z" data_type: TYPE_FP32 source_input: "t0" }',
    ],
    ...[
      'model_transaction_policy { decoupled: true }',
      'model_transaction_policy { }',
      'model_operations { op_library_filename: "x" }',
      'metric_tags { key: "a" value: "b" }',
      'cc_model_filenames { key: "7.5" value: "x" }',
    ],
  ]);
  plan.extra.push(statement);
  return `e says ${statement}`;
};

/** A model that does not load, or is not there at all. */
const brokenModel: Change = (plan, dice) => {
  const model = any(plan.models, dice);
  if (!model) return 'no model';
  const how = dice.pick(['gone', 'text', 'instances', 'library', 'tensor', 'named']);
  if (how === 'gone') plan.models.splice(plan.models.indexOf(model), 1);
  if (how === 'text') model.text = `${modelText(model)}\nodd: 1\n`;
  if (how === 'instances') model.extra.push('instance_group { kind: KIND_CPU gpus: 0 }');
  if (how === 'library') model.backend = 'none';
  if (how === 'tensor') model.inputs.push({ name: '', type: 'TYPE_FP32', dims: ['1'] });
  if (how === 'named') model.extra.push('name: "other"');
  return `${model.name} is broken: ${how}`;
};

/** A model of the plan becomes an ensemble itself, over the model or, in a circle, over "e" or itself. */
const nested: Change = (plan, dice) => {
  const model = any(
    plan.models.filter(({ text }) => text === undefined),
    dice,
  );
  if (!model) return 'no model';
  const inner: Model = { ...model, name: 'inner' };
  const runs = weighted(dice, [
    [6, 'inner'],
    [1, 'e'],
    [1, model.name],
  ]);
  const own = (tensor: Tensor) => ({ key: tensor.name, value: tensor.name });
  const maps = [
    ...model.inputs.map(own).map(({ key, value }) => `input_map { key: "${key}" value: "${value}" }`),
    ...model.outputs.map(own).map(({ key, value }) => `output_map { key: "${key}" value: "${value}" }`),
  ];
  model.text = `platform: "ensemble" max_batch_size: ${model.batch}\n${tensorsText(model.inputs, model.outputs)}
    ensemble_scheduling { step { model_name: "${runs}" model_version: -1 ${maps.join(' ')} } }\n`;
  if (!plan.models.some(({ name }) => name === 'inner') && dice.chance(0.95)) plan.models.push(inner);
  return `${model.name} is an ensemble over ${runs}`;
};

const scheduler: Change = (plan, dice) => {
  const model = any(plan.models, dice);
  if (!model) return 'no model';
  const statement = dice.pick([
    'dynamic_batching { }',
    'sequence_batching { }',
    'sequence_batching { control_input { name: "start" control { bool_false_true: [ false, true ] } } }',
    'response_cache { enable: true }',
  ]);
  model.extra.push(statement);
  return `${model.name} says ${statement}`;
};

function any<T>(list: readonly T[], dice: Dice): T | undefined {
  return list.length > 0 ? dice.pick(list) : undefined;
}

function anyStep(plan: Plan, dice: Dice): Step | undefined {
  return any(plan.steps, dice);
}

/** Of the ensemble or of one of its models. */
function anyTensor(plan: Plan, dice: Dice): Tensor | undefined {
  const own = [...plan.inputs, ...plan.outputs];
  const theirs = plan.models.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]);
  return any(dice.chance(0.4) ? own : theirs, dice);
}

function copyOfStep({ model, version: of, inputs, outputs }: Step): Step {
  return { model, version: of, inputs: inputs.map((one) => ({ ...one })), outputs: outputs.map((one) => ({ ...one })) };
}
