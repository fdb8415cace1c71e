import type { Dice } from '#core/base/dice.ts';

/** An ensemble "e" and the models that it runs, before it is written as text. */
export type Plan = {
  models: Model[];
  steps: Step[];
  inputs: Tensor[];
  outputs: Tensor[];
  batch: number;
  versions: string[];
  platform: string;
  /** Further statements of the ensemble's own configuration. */
  extra: string[];
};

export type Tensor = { name: string; type: string; dims: string[]; reshape?: string[]; isOptional?: boolean };

export type Model = {
  name: string;
  backend: string;
  inputs: Tensor[];
  outputs: Tensor[];
  batch: number;
  versions: string[];
  extra: string[];
  /** The whole configuration, where it is not that of a plain model. */
  text?: string;
};

export type Step = { model: string; version: string | undefined; inputs: Mapping[]; outputs: Mapping[] };

/** A model's tensor, and the ensemble's that stands for it. */
export type Mapping = { key: string; value: string };

/** Two to four steps that agree in everything: each reads what came before it, or an input of the ensemble. */
export function planOf(dice: Dice): Plan {
  const batch = dice.pick([0, 0, 4, 8]);
  const plan: Plan = {
    models: [],
    steps: [],
    inputs: [tensorOf('t0', dice)],
    outputs: [],
    batch,
    versions: ['1'],
    platform: 'ensemble',
    extra: [],
  };
  if (dice.chance(0.4)) plan.inputs.push(tensorOf('u0', dice));
  let before = [...plan.inputs];
  const count = 2 + dice.below(3);
  for (let at = 1; at <= count; at += 1) {
    // The first step reads all of the ensemble's inputs, so that none is left unused.
    const read = at === 1 ? before : before.filter((_, index) => index === 0 || dice.chance(0.7));
    const written = dice.chance(0.3) ? [tensorOf(`t${at}`, dice), tensorOf(`u${at}`, dice)] : [tensorOf(`t${at}`, dice)];
    const step = stepOver(plan, String.fromCharCode(96 + at), read, written, dice);
    plan.steps.push(step);
    const left = before.filter((tensor) => !read.includes(tensor));
    plan.outputs.push(...left.map(copyOfTensor));
    before = at < count && dice.chance(0.2) ? [...written, dice.pick(plan.inputs)] : written;
  }
  plan.outputs.push(...before.map(copyOfTensor));
  return plan;
}

function stepOver(plan: Plan, name: string, read: readonly Tensor[], written: readonly Tensor[], dice: Dice): Step {
  const own = (prefix: string) => (tensor: Tensor, at: number) => ({ ...copyOfTensor(tensor), name: `${prefix}${at}` });
  const model: Model = {
    name,
    backend: dice.pick(['accept', 'identity', 'openvino', 'fil', 'python', 'dali']),
    inputs: read.map(own('in')),
    outputs: written.map(own('out')),
    batch: plan.batch === 0 ? 0 : dice.pick([plan.batch, plan.batch, 16]),
    versions: dice.pick([['1'], ['1'], ['3'], ['1', '2']]),
    extra: [],
  };
  plan.models.push(model);
  const latest = model.versions.at(-1);
  return {
    model: name,
    version: dice.chance(0.7) ? '-1' : latest,
    inputs: read.map((tensor, at) => ({ key: `in${at}`, value: tensor.name })),
    outputs: written.map((tensor, at) => ({ key: `out${at}`, value: tensor.name })),
  };
}

export const tensorTypes: readonly string[] = [
  'TYPE_FP32',
  'TYPE_FP16',
  'TYPE_INT64',
  'TYPE_UINT8',
  'TYPE_STRING',
  'TYPE_BOOL',
  'TYPE_BF16',
];

function tensorOf(name: string, dice: Dice): Tensor {
  return { name, type: dice.pick(tensorTypes), dims: dice.pick([['4'], ['-1'], ['2', '3'], ['-1', '16'], ['1'], ['3', '8', '8']]) };
}

export function copyOfTensor(tensor: Tensor): Tensor {
  return { ...tensor, dims: [...tensor.dims] };
}

export function ensembleText({ platform, batch, inputs, outputs, steps, extra }: Plan): string {
  return `
    ${platform === '' ? '' : `platform: "${platform}"`}
    max_batch_size: ${batch}
    ${tensorsText(inputs, outputs)}
    ensemble_scheduling { ${steps.map(stepText).join('\n')} }
    ${extra.join('\n')}`;
}

export function modelText({ text, backend, batch, inputs, outputs, extra }: Model): string {
  return text ?? `backend: "${backend}"\nmax_batch_size: ${batch}\n${tensorsText(inputs, outputs)}\n${extra.join('\n')}\n`;
}

export function tensorsText(inputs: readonly Tensor[], outputs: readonly Tensor[]): string {
  return [...inputs.map((tensor) => tensorText('input', tensor)), ...outputs.map((tensor) => tensorText('output', tensor))].join('\n');
}

function tensorText(field: string, { name, type, dims, reshape, isOptional }: Tensor): string {
  const rest = [reshape && `reshape { shape: [ ${reshape.join(', ')} ] }`, isOptional && field === 'input' && 'optional: true'];
  return `${field} { name: "${name}" data_type: ${type} dims: [ ${dims.join(', ')} ] ${rest.filter(Boolean).join(' ')} }`;
}

function stepText({ model, version, inputs, outputs }: Step): string {
  const map = (field: string, mappings: readonly Mapping[]) =>
    mappings.map(({ key, value }) => `${field} { key: "${key}" value: "${value}" }`).join(' ');
  return `step { model_name: "${model}" ${version === undefined ? '' : `model_version: ${version}`} ${map('input_map', inputs)} ${map('output_map', outputs)} }`;
}
