import { type Asking, isUnseen, listed } from '../base/asking.ts';
import { type OpenvinoTensor, readOpenvino } from '../model-file/openvino-ir.ts';
import { isProblem } from '../model-file/problem.ts';
import { datatypeOf, isOpenFirst, type Refused, type Told, type ToldTensor } from './told.ts';

/** An OpenVINO model tells names, types and most shapes; its weights lie in a .bin of the same name. */
export function* toldByOpenvino(file: string, size: number): Asking<Told | Refused> {
  const facts = yield* readOpenvino(file, size);
  if (isProblem(facts)) return { says: facts.problem, fix: 'copy the file again, or convert the model again' };
  const at = file.lastIndexOf('/');
  const weights = `${file.slice(at + 1).replace(/\.xml$/, '')}.bin`;
  if (facts.weightsEnd > 0) {
    const beside = yield* listed(file.slice(0, at));
    const entry = isUnseen(beside) ? undefined : beside.find(({ name, kind }) => name === weights && kind === 'file');
    if (!entry) return { says: `its weights belong into ${weights} beside it, which is not there`, fix: `put ${weights} beside the .xml` };
    if (entry.size < facts.weightsEnd) {
      return {
        says: `${weights} has ${entry.size} bytes, and the model reads ${facts.weightsEnd} of them`,
        fix: `copy ${weights} again, and compare its size with the original`,
      };
    }
  }
  const inputs = facts.inputs.map(tensorOf);
  const outputs = facts.outputs.map(tensorOf);
  return {
    format: 'openvino',
    backend: 'openvino',
    says: `OpenVINO IR${facts.version === undefined ? '' : ` ${facts.version}`}`,
    name: 'model.xml',
    beside: facts.weightsEnd > 0 ? [{ path: weights, as: 'model.bin' }] : [],
    inputs: { tensors: inputs, isWhole: true },
    outputs: { tensors: outputs, isWhole: true },
    batch: isOpenFirst([...inputs, ...outputs])
      ? 'open'
      : [...inputs, ...outputs].some(({ shape }) => shape === 'unknown')
        ? 'unknown'
        : 'none',
    needsGpu: false,
  };
}

/** Triton shows the alphabetically first of a tensor's names. */
function tensorOf({ names, layer, dataType, shape }: OpenvinoTensor): ToldTensor {
  const [first = layer] = names.toSorted();
  return { name: first, datatype: datatypeOf(dataType), shape: shape ?? 'unknown' };
}
