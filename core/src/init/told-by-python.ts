import type { Asking } from '../base/asking.ts';
import { isProblem } from '../model-file/problem.ts';
import { type PythonName, readPythonModel } from '../model-file/python-model.ts';
import type { Refused, Told, ToldTensors } from './told.ts';

/** A model.py tells the names that stand in it; types and shapes only whoever wrote it knows. */
export function* toldByPython(file: string, size: number): Asking<Told | Refused> {
  const facts = yield* readPythonModel(file, size);
  if (isProblem(facts)) return { says: facts.problem, fix: 'move what is long into a module beside it' };
  if (facts.broken) return { says: `Python cannot read line ${facts.broken.line}: ${facts.broken.says}`, fix: 'mend it' };
  if (facts.modelClass === 'absent') {
    return { says: 'it has no class TritonPythonModel', fix: 'define class TritonPythonModel with initialize, execute and finalize' };
  }
  // What it asks other models for looks like its own, so that the lists are a beginning only.
  const isSure = !facts.callsModels;
  return {
    format: 'python',
    backend: 'python',
    says: 'a Python model',
    name: 'model.py',
    beside: [],
    inputs: tensorsOf(facts.inputs, facts.isEveryInputNamed && isSure),
    outputs: tensorsOf(facts.outputs, facts.isEveryOutputNamed && isSure),
    batch: 'unknown',
    needsGpu: false,
  };
}

function tensorsOf(names: readonly PythonName[], isWhole: boolean): ToldTensors {
  const unique = [...new Set(names.map(({ name }) => name))];
  return { tensors: unique.map((name) => ({ name, datatype: 'unknown', shape: 'unknown' })), isWhole: isWhole && unique.length > 0 };
}
