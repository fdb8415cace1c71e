import type { Finding } from '../../base/finding.ts';
import { nearest } from '../../base/nearest.ts';
import type { TensorSpec } from '../../contract/contract.ts';
import type { ModelInputJson, ModelOutputJson } from '../../pbtxt/model-config.ts';
import type { Pen, Rule } from './rule.ts';

/** Inputs and outputs have the names, datatypes, shapes and labels that the contract promises. */
export const tensors: Rule = function* ({ contract, config }, pen) {
  yield* sameTensors('input', contract.io.inputs, config.input ?? [], pen);
  yield* sameTensors('output', contract.io.outputs, config.output ?? [], pen);
  for (const { name, labels } of contract.io.outputs) {
    const output = config.output?.find((one) => one.name === name);
    if (!output) continue;
    if (output.label_filename !== labels) {
      const says = `config.pbtxt gives "${name}" the labels ${output.label_filename ?? 'absent'}, and the contract ${labels ?? 'absent'}`;
      yield pen.error('agree/labels', pen.config('label_filename', `"${name}"`), says);
    } else if (labels && !pen.has(labels)) {
      const says = `the labels ${labels} of "${name}" are not there`;
      yield pen.error('layout/labels-missing', pen.config(`"${labels}"`), says, `add ${pen.folder}/${labels}`);
    }
  }
};

/** Servers batch as far as the contract promises: less would refuse valid requests, more would serve shapes that nobody validated. */
export const batch: Rule = function* ({ contract, config }, pen) {
  const { max } = contract.shapes.batch;
  const largest = config.max_batch_size ?? 0;
  if (largest === max || (largest === 0 && max === 1)) return;
  const does = largest === 0 ? 'does not batch' : `takes batches of ${largest}`;
  const says = `the model ${does}, and the contract promises batches of ${max}`;
  const fix = `write max_batch_size: ${max} in config.pbtxt, or batch.max: ${Math.max(1, largest)} in the contract`;
  yield pen.error('agree/batch', pen.config('max_batch_size'), says, fix);
};

function* sameTensors(
  kind: 'input' | 'output',
  promised: readonly TensorSpec[],
  configured: readonly (ModelInputJson | ModelOutputJson)[],
  pen: Pen,
): Iterable<Finding> {
  const extra = configured.map(({ name }) => name ?? '').filter((name) => !promised.some((tensor) => tensor.name === name));
  for (const tensor of promised) {
    const same = configured.find(({ name }) => name === tensor.name);
    if (same) {
      yield* sameTensor(tensor, same, pen);
      continue;
    }
    const near = nearest(tensor.name, extra);
    const place = near ? pen.config(`"${near}"`) : pen.config(`${kind} `, kind);
    const fix = near ? `config.pbtxt has "${near}": name both alike` : undefined;
    yield pen.error('agree/tensor-name', place, `the contract's ${kind} "${tensor.name}" is not in config.pbtxt`, fix);
  }
  for (const name of extra) {
    yield pen.error('agree/tensor-name', pen.config(`"${name}"`), `the ${kind} "${name}" is not in the contract`);
  }
}

function* sameTensor({ name, datatype, shape }: TensorSpec, configured: ModelInputJson | ModelOutputJson, pen: Pen): Iterable<Finding> {
  const type = datatypeOf(configured.data_type);
  if (type !== datatype) {
    yield pen.error(
      'agree/datatype',
      pen.config(`"${name}"`),
      `config.pbtxt gives "${name}" ${type}, and the contract promises ${datatype}`,
    );
  }
  const dims = configured.dims ?? [];
  if (dims.map(String).join() !== shape.map(String).join()) {
    const says = `config.pbtxt gives "${name}" the dims [${dims.join(', ')}], and the contract the shape [${shape.join(', ')}]`;
    yield pen.error('agree/shape', pen.config(`"${name}"`), says);
  }
}

/** `TYPE_FP32` is FP32 on the wire, and `TYPE_STRING` is BYTES. */
const datatypeOf = (type: string | undefined): string => (type === 'TYPE_STRING' ? 'BYTES' : (type?.replace(/^TYPE_/, '') ?? 'no type'));
