import type { Finding } from '../../base/finding.ts';
import type { Path } from '../../pbtxt/nodes.ts';
import type { EnsembleStepJson, ModelConfigJson } from '../../pbtxt/model-config.ts';
import type { Pen, Rule } from './rule.ts';

const head = 'platform: "ensemble"\n';
const step =
  'ensemble_scheduling { step { model_name: "a" model_version: -1 input_map { key: "x" value: "X" } output_map { key: "y" value: "Y" } } }';

/** An ensemble's steps make a graph in which every tensor is written once, read by someone, and reached from the inputs. */
export const ensembleGraph: Rule = {
  explains: [
    {
      code: 'ensemble/platform-missing',
      severity: 'error',
      means: 'ensemble_scheduling belongs to the platform "ensemble" alone.',
      triton: "ensemble scheduling cannot be set for model '…' whose platform is not ensemble",
      example: `backend: "python"\n${step}`,
      fix: 'write platform: "ensemble", and no backend',
    },
    {
      code: 'ensemble/scheduling-missing',
      severity: 'error',
      means: 'An ensemble is nothing but its steps.',
      triton: 'ensemble scheduling must be set for ensemble … whose platform is ensemble',
      example: head.trim(),
      fix: 'write ensemble_scheduling { step { … } }',
    },
    {
      code: 'ensemble/instance-group',
      severity: 'error',
      means: 'An ensemble runs nothing itself, so it has no instances.',
      triton: "instance group should not be specified for ensemble '…'",
      example: `${head}instance_group { count: 2 }\n${step}`,
      fix: 'move instance_group to the models of the steps',
    },
    {
      code: 'ensemble/optimization',
      severity: 'error',
      means: 'There is nothing to optimise in an ensemble; even an empty message is refused.',
      triton: "optimization should not be specified for ensemble '…'",
      example: `${head}optimization { }\n${step}`,
      fix: 'move optimization to the models of the steps',
    },
    {
      code: 'ensemble/warmup',
      severity: 'error',
      means: 'Triton warms up models, not ensembles.',
      triton: "model_warmup can not be specified for ensemble '…'",
      example: `${head}model_warmup { name: "w" batch_size: 1 }\n${step}`,
      fix: 'move model_warmup to the models of the steps',
    },
    {
      code: 'ensemble/step-missing',
      severity: 'error',
      means: 'An ensemble needs at least one step.',
      triton: "must specify 'step' for ensemble '…'",
      example: `${head}ensemble_scheduling { }`,
      fix: 'write step { model_name: … }',
    },
    {
      code: 'ensemble/step-model-missing',
      severity: 'error',
      means: 'A step runs a model, and does not say which.',
      triton: "must specify 'model_name' in step … of ensemble '…'",
      example: `${head}ensemble_scheduling { step { input_map { key: "x" value: "X" } output_map { key: "y" value: "Y" } } }`,
      fix: 'write model_name: "…"',
    },
    {
      code: 'ensemble/step-inputs-missing',
      severity: 'error',
      means: "A step must say which tensors become its model's inputs.",
      triton: "must specify 'input_map' in step … of ensemble '…'",
      example: `${head}ensemble_scheduling { step { model_name: "a" output_map { key: "y" value: "Y" } } }`,
      fix: 'write input_map { key: "the model\'s input" value: "the ensemble\'s tensor" } for every input',
    },
    {
      code: 'ensemble/step-outputs-missing',
      severity: 'error',
      means: 'A step must say where its answers go.',
      triton: "must specify 'output_map' in step … of ensemble '…'",
      example: `${head}ensemble_scheduling { step { model_name: "a" input_map { key: "x" value: "X" } } }`,
      fix: 'write output_map { key: "the model\'s output" value: "the ensemble\'s tensor" }',
    },
    {
      code: 'ensemble/tensor-written-twice',
      severity: 'error',
      means: 'Two outputs go to one tensor of the ensemble.',
      triton: "ensemble tensor '…' can appear in an output map only once for ensemble '…' step …",
      example: `${head}ensemble_scheduling { step { model_name: "a" input_map { key: "x" value: "X" } output_map [ { key: "y" value: "Y" }, { key: "z" value: "Y" } ] } }`,
      fix: 'give each output a tensor of its own',
    },
    {
      code: 'ensemble/input-unused',
      severity: 'error',
      means: 'No step reads or writes a tensor of this name. It may be misspelt in a map.',
      triton: "ensemble input '…' for ensemble …' is not used",
      example: `${head}input { name: "unused" data_type: TYPE_FP32 dims: [ 4 ] }\n${step}`,
      fix: 'name it in an input_map, or take it out',
    },
    {
      code: 'ensemble/output-unknown',
      severity: 'error',
      means: 'No step has a tensor of this name.',
      triton: "ensemble output '…' for ensemble …' is not used",
      example: `${head}output { name: "nothing" data_type: TYPE_FP32 dims: [ 4 ] }\n${step}`,
      fix: 'name it in an output_map, or take it out',
    },
    {
      code: 'ensemble/output-not-written',
      severity: 'error',
      means: 'The output never becomes ready: a tensor on its way is misspelt, comes from nowhere, or waits for itself.',
      triton: "output '…' for ensemble '…' is not written: at least one of its depending tensors, '…', is not connected",
      example: `${head}input { name: "X" data_type: TYPE_FP32 dims: [ 4 ] }\noutput { name: "Y" data_type: TYPE_FP32 dims: [ 4 ] }\n${step.replace('"X"', '"Z"')}`,
      fix: 'connect that tensor: to an input of the ensemble, or to an output of a step before',
    },
    {
      code: 'ensemble/tensor-unused',
      severity: 'error',
      means: 'A tensor between the steps never becomes ready, or nobody reads it. The cause may be a map with one key twice.',
      triton: "ensemble tensor '…' is unused in ensemble '…'",
      example: `${head}ensemble_scheduling { step { model_name: "a" input_map { key: "x" value: "X" } output_map [ { key: "y" value: "Y" }, { key: "z" value: "unread" } ] } }`,
      fix: 'take it out of the output_map, or read it',
    },
  ],
  *judge({ config }, pen) {
    const { name = '', platform, ensemble_scheduling: scheduling } = config;
    if (!scheduling) {
      if (platform === 'ensemble') {
        const says = `ensemble scheduling must be set for ensemble ${name} whose platform is ensemble`;
        yield pen.at(['platform'], 'ensemble/scheduling-missing', says);
      }
      return;
    }
    const path = ['ensemble_scheduling'];
    if (platform !== 'ensemble') {
      const says = `ensemble scheduling cannot be set for model '${name}' whose platform is not ensemble`;
      yield pen.at(path, 'ensemble/platform-missing', says);
    }
    if (config.instance_group?.length) {
      yield pen.at(['instance_group'], 'ensemble/instance-group', `instance group should not be specified for ensemble '${name}'`);
    }
    if (config.optimization) {
      yield pen.at(['optimization'], 'ensemble/optimization', `optimization should not be specified for ensemble '${name}'`);
    }
    if (config.model_warmup?.length) {
      yield pen.at(['model_warmup'], 'ensemble/warmup', `model_warmup can not be specified for ensemble '${name}'`);
    }
    const steps = scheduling.step ?? [];
    if (steps.length === 0) yield pen.at(path, 'ensemble/step-missing', `must specify 'step' for ensemble '${name}'`);
    else yield* judgeGraph(config, steps, pen);
  },
};

/** What steps pass on; `path` is where it is met first. */
type Tensor = { readonly name: string; readonly path: Path; isReady: boolean; writer: Step | undefined; readonly readers: Step[] };

/** A step becomes ready when all that it reads is; then so is what it writes. A tensor that it reads twice counts twice. */
type Step = { readonly reads: Tensor[]; readonly writes: Tensor[]; waitsFor: number };

function* judgeGraph(config: ModelConfigJson, steps: readonly EnsembleStepJson[], pen: Pen): Iterable<Finding> {
  const { name = '', input: inputs = [], output: outputs = [] } = config;
  const tensors = new Map<string, Tensor>();
  let isWhole = true;
  for (const finding of link(steps, name, tensors, pen)) {
    isWhole = false;
    yield finding;
  }
  // With a step that says too little every tensor behind it would be minded too.
  if (!isWhole) return;

  const ready: Tensor[] = [];
  const getReady = (tensor: Tensor): void => {
    if (tensor.isReady) return;
    tensor.isReady = true;
    ready.push(tensor);
  };
  for (const [index, { name: input = '' }] of inputs.entries()) {
    const tensor = tensors.get(input);
    if (!tensor) {
      const says = `ensemble input '${input}' for ensemble ${name}' is not used`;
      yield pen.at(['input', index], 'ensemble/input-unused', says);
      continue;
    }
    getReady(tensor);
  }
  for (let tensor = ready.pop(); tensor; tensor = ready.pop()) {
    for (const step of tensor.readers) {
      step.waitsFor -= 1;
      if (step.waitsFor === 0) for (const written of step.writes) getReady(written);
    }
  }
  const isOutput = new Set<string>();
  const sources = new Map<Tensor, Tensor>();
  for (const [index, { name: output = '' }] of outputs.entries()) {
    const tensor = tensors.get(output);
    isOutput.add(output);
    if (!tensor) {
      yield pen.at(['output', index], 'ensemble/output-unknown', `ensemble output '${output}' for ensemble ${name}' is not used`);
    } else if (!tensor.isReady) {
      const source = farthestUnready(tensor, sources);
      const because = source === tensor ? '' : `: at least one of its depending tensors, '${source.name}', is not connected`;
      yield pen.at(['output', index], 'ensemble/output-not-written', `output '${output}' for ensemble '${name}' is not written${because}`);
    }
  }
  for (const tensor of tensors.values()) {
    if (isOutput.has(tensor.name) || (tensor.isReady && tensor.readers.length > 0)) continue;
    const says = `ensemble tensor '${tensor.name}' is unused in ensemble '${name}'`;
    yield pen.at(tensor.path, 'ensemble/tensor-unused', says);
  }
}

function* link(steps: readonly EnsembleStepJson[], ensemble: string, tensors: Map<string, Tensor>, pen: Pen): Iterable<Finding> {
  const tensorNamed = (name: string, path: Path): Tensor => {
    const known = tensors.get(name) ?? { name, path, isReady: false, writer: undefined, readers: [] };
    tensors.set(name, known);
    return known;
  };
  for (const [index, { model_name: model, input_map: reads = {}, output_map: writes = {} }] of steps.entries()) {
    const path = ['ensemble_scheduling', 'step', index];
    const where = `in step ${index} of ensemble '${ensemble}'`;
    if (!model) yield pen.at(path, 'ensemble/step-model-missing', `must specify 'model_name' ${where}`);
    if (Object.keys(reads).length === 0) yield pen.at(path, 'ensemble/step-inputs-missing', `must specify 'input_map' ${where}`);
    if (Object.keys(writes).length === 0) yield pen.at(path, 'ensemble/step-outputs-missing', `must specify 'output_map' ${where}`);
    const step: Step = { reads: [], writes: [], waitsFor: Object.keys(reads).length };
    for (const [output, name] of Object.entries(writes)) {
      const tensor = tensorNamed(name, [...path, 'output_map', output]);
      if (tensor.writer) {
        const says = `ensemble tensor '${name}' can appear in an output map only once for ensemble '${ensemble}' step ${index}`;
        yield pen.at([...path, 'output_map', output], 'ensemble/tensor-written-twice', says);
      }
      tensor.writer = step;
      step.writes.push(tensor);
    }
    for (const [input, name] of Object.entries(reads)) {
      const tensor = tensorNamed(name, [...path, 'input_map', input]);
      tensor.readers.push(step);
      step.reads.push(tensor);
    }
  }
}

/** Follows what is not ready back to where it comes from; a circle is left at the first tensor that was met before. It remembers. */
function farthestUnready(tensor: Tensor, sources: Map<Tensor, Tensor>): Tensor {
  const seen = new Set<Tensor>();
  let last = tensor;
  for (let next: Tensor | undefined = tensor; next; ) {
    const known = sources.get(next);
    if (known) {
      last = known;
      break;
    }
    next = next.writer?.reads.find((one) => !one.isReady && !seen.has(one));
    if (!next) break;
    seen.add(next);
    last = next;
  }
  for (const one of [tensor, ...seen]) sources.set(one, last);
  return last;
}
