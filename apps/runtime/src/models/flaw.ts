import { printedId } from './model-id.ts';
import { type Node, readyVersions } from './node.ts';

/** Why an ensemble does not fit together with what it runs, in Triton's words; '' when it does. What it runs has been judged before. */
export function flawOf(node: Node): string {
  const { config, loadFailure } = node.polled;
  const id = printedId(node.id);
  const missing = [...node.steps].find(([, model]) => !model);
  if (missing) return `ensemble ${id} contains models that are not available or ambiguous: ${missing[0]}`;
  const last = endOfCircle(node);
  if (last) return `circular dependency between ensembles: ${id} -> ... -> ${printedId(last.id)} -> ${id}`;
  for (const { model_name: name = '', model_version: version = 0 } of config.ensemble_scheduling?.step ?? []) {
    const model = node.steps.get(name);
    const says = model && lackOf(model, String(version));
    if (says) return `ensemble '${id}' depends on '${printedId(model.id)}' ${says}`;
  }
  return config.ensemble_scheduling ? (loadFailure?.message ?? '') : '';
}

/** The ensemble by which one comes back to this one, following what each of them runs. */
export function endOfCircle(start: Node, from = start, seen = new Set<Node>()): Node | undefined {
  for (const model of from.steps.values()) {
    if (model === start) return from;
    if (!model || seen.has(model)) continue;
    const end = endOfCircle(start, model, seen.add(model));
    if (end) return end;
  }
  return undefined;
}

function lackOf(model: Node, version: string): string {
  const id = printedId(model.id);
  if (model.flaw !== '') return `which is not valid. Model '${id}' failed with error: ${model.flaw}`;
  const ready = readyVersions(model);
  if (ready.length === 0) return `which has no loaded version. Model '${id}' loading failed with error: ${model.failure}`;
  const isThere = version === '-1' || ready.some((slot) => slot.version === version);
  return isThere ? '' : `whose required version ${version} is not loaded.`;
}
