import type { Finding } from '../../../base/finding.ts';
import type { EnsembleStepJson, ModelConfigJson } from '../../../pbtxt/model-config.ts';
import type { Composing } from '../ensemble-agreement.ts';
import type { Explanation, Pen } from '../rule.ts';

export const starvingExplains: readonly Explanation[] = [
  {
    code: 'advice/step-starves',
    severity: 'warning',
    means:
      'An ensemble is as fast as its slowest step. A step before one that batches takes one request at a time: it has one instance and no dynamic_batching. So requests reach the batcher one by one, and batches hardly form.',
    example: 'a tokenizer in Python with one instance, before a model with dynamic_batching',
    fix: 'give that model more instances (instance_group { count: … }), or dynamic_batching',
  },
];

/** A step through which requests pass one by one, and the first one behind it that would rather have many at once. */
export function* judgeFlow(config: ModelConfigJson, composing: (step: EnsembleStepJson) => Composing, pen: Pen): Iterable<Finding> {
  const steps = config.ensemble_scheduling?.step ?? [];
  const models = steps.map((step) => {
    const model = composing(step);
    return 'config' in model ? model.config : undefined;
  });
  const readers = new Map<string, number[]>();
  for (const [index, { input_map: reads = {} }] of steps.entries()) {
    for (const tensor of Object.values(reads)) {
      const known = readers.get(tensor);
      if (known) known.push(index);
      else readers.set(tensor, [index]);
    }
  }
  // What lies behind one narrow step lies behind it for good: another one is told only of what is left.
  const seen = new Set<number>();
  for (const [index, model] of models.entries()) {
    if (!model || !isNarrow(model)) continue;
    const behind = batcherBehind(index, { steps, models, readers, seen });
    if (!behind) continue;
    const says = `'${steps[index]?.model_name}' takes one request at a time (one instance, no dynamic_batching), so few reach '${behind}' at once, which batches`;
    yield pen.at(['ensemble_scheduling', 'step', index, 'model_name'], 'advice/step-starves', says);
  }
}

type Flow = {
  readonly steps: readonly EnsembleStepJson[];
  readonly models: readonly (ModelConfigJson | undefined)[];
  readonly readers: ReadonlyMap<string, readonly number[]>;
  readonly seen: Set<number>;
};

function batcherBehind(narrow: number, { steps, models, readers, seen }: Flow): string | undefined {
  const open = [narrow];
  let found: string | undefined;
  for (let step = open.pop(); step !== undefined; step = open.pop()) {
    for (const tensor of Object.values(steps[step]?.output_map ?? {})) {
      for (const reader of readers.get(tensor) ?? []) {
        if (seen.has(reader)) continue;
        seen.add(reader);
        open.push(reader);
        const model = models[reader];
        if (model?.dynamic_batching && (model.max_batch_size ?? 0) > 1) found ??= steps[reader]?.model_name;
      }
    }
  }
  return found;
}

/** One instance by what is written: what the machine makes of a group without a count is not known, and ONNX Runtime makes two on a CPU. */
function isNarrow({
  backend,
  dynamic_batching: dynamic,
  sequence_batching: sequence,
  ensemble_scheduling: ensemble,
  instance_group: groups = [],
}: ModelConfigJson): boolean {
  if (dynamic || sequence || ensemble) return false;
  if (groups.length === 0) return backend === 'python';
  const running = groups.filter(({ passive }) => !passive);
  return running.length === 1 && running.every(({ count = 1, gpus = [] }) => count <= 1 && gpus.length <= 1);
}
