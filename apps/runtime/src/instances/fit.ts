import { datatypeNames, datatypeOfOnnx } from '../datatypes.ts';
import { LoadFailure } from '../models/load-failure.ts';
import type { Loaded, OnnxShape } from './instance-child.ts';
import type { Session, SessionTensor } from './session.ts';

/** Compares what the configuration promises with what the model file has, as Triton's ONNX Runtime backend does, and in its words. Throws a LoadFailure. */
export function requireFit(model: Session, { inputs, outputs }: Loaded): void {
  if (model.inputs.length !== inputs.length) {
    unfit(`unable to load model '${model.model}', configuration expects ${model.inputs.length} inputs, model provides ${inputs.length}`);
  }
  for (const tensor of model.inputs) requireTensor(model, 'input', tensor, inputs);
  for (const tensor of model.outputs) requireTensor(model, 'output', tensor, outputs);
}

function requireTensor(model: Session, kind: 'input' | 'output', tensor: SessionTensor, given: readonly OnnxShape[]): void {
  const match = given.find(({ name }) => name === tensor.name);
  if (!match) {
    const names = given.map(({ name }) => name).sort();
    return unfit(`unexpected inference ${kind} '${tensor.name}', allowed ${kind}s are: ${names.join(', ')}`);
  }
  const provided = datatypeOfOnnx(match.type);
  if (provided !== tensor.datatype) {
    const provides = provided ? datatypeNames[provided].config : match.type;
    unfit(
      `unable to load model '${model.model}', configuration expects datatype ${datatypeNames[tensor.datatype].config} for ${kind} '${tensor.name}', model provides ${provides}`,
    );
  }
  requireShape(model, tensor, match.shape, kind === 'output');
}

/** A size that the model leaves open takes any for inputs; an output has to be promised exactly. */
function requireShape(model: Session, tensor: SessionTensor, shape: readonly number[], isExact: boolean): void {
  const where = `model '${model.model}', tensor '${tensor.name}'`;
  if (model.batchMax > 0 && shape[0] !== -1) {
    unfit(
      `${where}: for the model to support batching the shape should have at least 1 dimension and the first dimension must be -1; but shape expected by the model is ${written(shape)}`,
    );
  }
  const wanted = model.batchMax > 0 ? [-1, ...tensor.dims] : tensor.dims;
  const fits = shape.length === wanted.length && shape.every((dim, index) => dim === wanted[index] || (dim === -1 && !isExact));
  if (fits) return;
  const complete =
    model.batchMax > 0
      ? `an initial batch dimension because max_batch_size > 0 followed by the explicit tensor shape, making complete shape ${written(wanted)}`
      : `shape ${written(wanted)}`;
  unfit(
    `${where}: the model expects ${shape.length} dimensions (shape ${written(shape)}) but the model configuration specifies ${wanted.length} dimensions (${complete})`,
  );
}

/** Shapes as Triton writes them: [-1,64]. */
export function written(shape: readonly number[]): string {
  return `[${shape.join(',')}]`;
}

function unfit(says: string): never {
  throw new LoadFailure('Invalid argument', says);
}
