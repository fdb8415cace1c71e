import type { Contract } from '../contract/contract.ts';
import type { ModelFit } from '../contract/generate-config.ts';
import type { Told } from './told.ts';

/**
 * How a contract's tensors lie on the model's: whether the model has a batch dimension that the contract leaves out, and which tensors have
 * no other. What the model does not tell follows from the contract's largest batch.
 */
export function fitOf({ io, shapes }: Contract, told: Told): ModelFit {
  const pairs = [
    ...io.inputs.map((spec) => ({ spec, told: told.inputs.tensors.find(({ name }) => name === spec.name) })),
    ...io.outputs.map((spec) => ({ spec, told: told.outputs.tensors.find(({ name }) => name === spec.name) })),
  ].flatMap(({ spec, told: tensor }) => (tensor && tensor.shape !== 'unknown' ? [{ spec, shape: tensor.shape }] : []));
  const isScalar = ({ spec, shape }: (typeof pairs)[number]): boolean =>
    shape.length === 1 && spec.shape.length === 1 && spec.shape[0] === 1;
  const isShorter = (pair: (typeof pairs)[number]): boolean => pair.shape.length === pair.spec.shape.length + 1 || isScalar(pair);
  const isBatching = shapes.batch.max > 1 || (told.batch === 'open' && pairs.length > 0 && pairs.every(isShorter));
  return { isBatching, scalars: isBatching ? pairs.filter(isScalar).map(({ spec }) => spec.name) : [] };
}
