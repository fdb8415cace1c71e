import { type Asking, isUnseen, listed } from '../base/asking.ts';
import { isProblem } from '../model-file/problem.ts';
import { readSavedModel, type SavedModelTensor, servedSignature } from '../model-file/savedmodel.ts';
import { datatypeOf, isOpenFirst, type Refused, type Told, type ToldTensor } from './told.ts';

/** A SavedModel is a folder; its signature tells names, types and shapes. */
export function* toldBySavedModel(folder: string): Asking<Told | Refused> {
  const entries = yield* listed(folder);
  const size = isUnseen(entries) ? 0 : (entries.find(({ name }) => name === 'saved_model.pb')?.size ?? 0);
  const facts = yield* readSavedModel(`${folder}/saved_model.pb`, size);
  if (isProblem(facts)) return { says: `saved_model.pb: ${facts.problem}`, fix: 'copy the folder again, or save the model again' };
  const signature = servedSignature(facts);
  if (!signature)
    return {
      says: 'it has no signature serving_default for the tag serve, which is the one that Triton serves',
      fix: 'save it with that signature (tf.saved_model.save(…, signatures=…))',
    };
  const inputs = signature.inputs.map(tensorOf);
  const outputs = signature.outputs.map(tensorOf);
  const isUnknown = [...inputs, ...outputs].some(({ shape }) => shape === 'unknown');
  return {
    format: 'savedmodel',
    backend: 'tensorflow',
    says: `a SavedModel${facts.graphs[0]?.tensorflow ? ` of TensorFlow ${facts.graphs[0].tensorflow}` : ''}`,
    name: 'model.savedmodel',
    beside: [],
    inputs: { tensors: inputs, isWhole: true },
    outputs: { tensors: outputs, isWhole: true },
    batch: isOpenFirst([...inputs, ...outputs]) ? 'open' : isUnknown ? 'unknown' : 'none',
    needsGpu: false,
  };
}

const tensorOf = ({ name, dataType, shape }: SavedModelTensor): ToldTensor => ({
  name,
  datatype: datatypeOf(dataType),
  shape: shape ?? 'unknown',
});
