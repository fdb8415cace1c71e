import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { diskTree } from '#adapters/tree/disk.ts';
import { answered } from '#core/base/asking.ts';
import { firstMisfit } from '#core/model/rules/onnx.ts';
import { type OnnxFacts, type OnnxValue, readOnnx } from '#core/model-file/onnx.ts';
import { isProblem } from '#core/model-file/problem.ts';
import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import { datatypeNames, datatypeOfOnnx } from '../datatypes.ts';
import { LoadFailure } from '../models/load-failure.ts';
import type { Loaded, OnnxShape } from './instance-child.ts';

/** Compares what the configuration promises with what the model file has, as Triton's ONNX Runtime backend does, and in its words. Throws a LoadFailure. */
export function requireFit(config: ModelConfigJson, file: string, { inputs, outputs }: Loaded): void {
  const strange = [...inputs, ...outputs].find(({ type }) => type === 'bfloat16');
  if (strange) {
    const says = `conch-embedded takes no tensors of BF16, as '${strange.name}' of model '${config.name}' is one; the runtime tritonserver does`;
    throw new LoadFailure('Unsupported', says);
  }
  const isSimple = config.input?.every(({ optional }) => !optional) && [...inputs, ...outputs].every(isTensor);
  // ONNX Runtime for Node tells nothing of inputs with a value of their own, and of what is no tensor not what it is.
  const written = isSimple ? nothing : writtenIn(file);
  const own = written.inputs.filter(({ name }) => written.initializers.has(name));
  const misfit = firstMisfit(config, {
    inputs: [...inputs.map((one) => seen(one, written.inputs)), ...own],
    outputs: outputs.map((one) => seen(one, written.outputs)),
    initializers: written.initializers,
  });
  if (misfit) throw new LoadFailure(misfit.code === 'onnx/control-missing' ? 'Internal' : 'Invalid argument', misfit.says);
}

type Written = Pick<OnnxFacts, 'inputs' | 'outputs' | 'initializers'>;

const nothing: Written = { inputs: [], outputs: [], initializers: new Set() };

function writtenIn(file: string): Written {
  const facts = answered(readOnnx(file, statSync(file).size), diskTree(dirname(file)));
  return isProblem(facts) ? nothing : facts;
}

const isTensor = ({ type }: OnnxShape): boolean => type !== 'not a tensor';

function seen(one: OnnxShape, written: readonly OnnxValue[]): OnnxValue {
  const { name, type, shape } = one;
  const said = written.find((other) => other.name === name);
  if (!isTensor(one) && said) return said;
  const datatype = datatypeOfOnnx(type);
  return {
    name,
    dataType: datatype ? datatypeNames[datatype].config : 'TYPE_INVALID',
    onnxType: type,
    elementType: 0,
    isTensor: isTensor(one),
    shape: shape.map((size) => ({ size })),
  };
}
