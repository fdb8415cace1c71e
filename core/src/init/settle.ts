import { nearest } from '../base/nearest.ts';
import type { TensorSpec } from '../contract/contract.ts';
import { isRefused, type Refused, type Told, type ToldTensors } from './told.ts';

/** What somebody said beside the model file. `batch` 0: the model has no batch dimension. */
export type Said = {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  readonly batch: number | 'unsaid';
  readonly gpu: string | 'unsaid';
};

/** All that a contract needs to know of a model's edges. */
export type Settled = {
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
  /** The largest batch; 0 where the model has no batch dimension. */
  readonly batch: number;
  readonly gpu: string;
};

/** What is still to be asked. */
export type Question =
  | { readonly asks: 'tensor'; readonly kind: 'input' | 'output'; readonly name: string }
  | { readonly asks: 'tensors'; readonly kind: 'input' | 'output' }
  | { readonly asks: 'batch' }
  | { readonly asks: 'gpu' };

/** Of a model that can batch and nobody who said how far. */
const usualBatch = 8;

/** Puts together what the model told and what somebody said, or says what is missing. */
export function settle(told: Told, said: Said): Settled | { readonly questions: readonly Question[] } | Refused {
  const batch = settleBatch(told, said.batch);
  if (typeof batch === 'object') return batch;
  const hasBatch = batch !== 'unsaid' && batch > 0;
  const inputs = settleTensors('input', told.inputs, { said: said.inputs, hasBatch });
  const outputs = settleTensors('output', told.outputs, { said: said.outputs, hasBatch });
  if (isRefused(inputs)) return inputs;
  if (isRefused(outputs)) return outputs;
  const gpu = said.gpu === 'unsaid' && !told.needsGpu ? 'cpu' : said.gpu;
  if (gpu === 'cpu' && told.needsGpu) return { says: `${told.says} runs on a GPU only`, fix: 'name its class: --gpu L4' };
  const questions: Question[] = [
    ...inputs.questions,
    ...outputs.questions,
    ...(batch === 'unsaid' ? [{ asks: 'batch' } as const] : []),
    ...(gpu === 'unsaid' ? [{ asks: 'gpu' } as const] : []),
  ];
  if (questions.length > 0 || batch === 'unsaid' || gpu === 'unsaid') return { questions };
  return { inputs: inputs.specs, outputs: outputs.specs, batch, gpu };
}

function settleBatch({ batch, says }: Told, said: Said['batch']): number | 'unsaid' | Refused {
  if (batch === 'unknown') return said;
  if (batch === 'open') return said === 'unsaid' ? usualBatch : said;
  if (said === 'unsaid' || said === 0) return 0;
  return {
    says: `--batch ${said} asks for batches, and not every input and output of the model (${says}) has an open first dimension`,
    fix: 'export it with a dynamic first axis, or leave --batch out',
  };
}

type Half = { readonly specs: readonly TensorSpec[]; readonly questions: readonly Question[] };

function settleTensors(
  kind: 'input' | 'output',
  { tensors, isWhole }: ToldTensors,
  { said, hasBatch }: { said: readonly TensorSpec[]; hasBatch: boolean },
): Half | Refused {
  const names = tensors.map(({ name }) => name);
  if (isWhole && names.length === 0) return { says: `the model has no ${kind}`, fix: `save it with an ${kind} that has a name` };
  const closed = tensors.find(({ shape }) => shape !== 'unknown' && shape.some((size) => size === 0 || size < -1));
  if (closed)
    return {
      says: `the ${kind} "${closed.name}" has a dimension of no size, which no request can have`,
      fix: 'save the model with its real sizes',
    };
  const twice = said.find(({ name }, at) => said.findIndex((one) => one.name === name) !== at);
  if (twice) return { says: `--${kind} names "${twice.name}" twice`, fix: 'say each tensor once' };
  const stranger = said.find(({ name }) => !names.includes(name));
  if (isWhole && stranger) {
    const near = nearest(stranger.name, names) ?? names[0];
    return { says: `the model has no ${kind} "${stranger.name}": it has ${names.join(', ')}`, fix: `did you mean "${near}"?` };
  }
  // Whoever lists the tensors of a model that does not tell them all has said which there are.
  if (!isWhole && said.length > 0) return { specs: said, questions: [] };
  if (!isWhole) return { specs: [], questions: [{ asks: 'tensors', kind }] };
  const specs: TensorSpec[] = [];
  const questions: Question[] = [];
  for (const { name, datatype, shape } of tensors) {
    const flag = said.find((one) => one.name === name);
    if (datatype !== 'unknown' && shape !== 'unknown') {
      if (flag)
        return {
          says: `the model tells its ${kind} "${name}" itself: ${datatype} [${shape.join(', ')}]`,
          fix: `leave out --${kind} ${name}`,
        };
      specs.push({ name, datatype, shape: asClientsSend(shape, hasBatch) });
    } else if (flag && datatype !== 'unknown' && flag.datatype !== datatype) {
      return { says: `the model gives "${name}" the type ${datatype}, and --${kind} says ${flag.datatype}`, fix: `write ${datatype}` };
    } else if (flag) {
      specs.push(flag);
    } else {
      questions.push({ asks: 'tensor', kind, name });
    }
  }
  return { specs, questions };
}

/** Without the batch dimension. A tensor needs a dimension in config.pbtxt, so that one value for each request is sent as [1]. */
function asClientsSend(shape: readonly number[], hasBatch: boolean): readonly number[] {
  const dims = hasBatch ? shape.slice(1) : shape;
  return dims.length === 0 ? [1] : dims;
}
