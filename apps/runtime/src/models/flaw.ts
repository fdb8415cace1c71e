import { agreementExplains, type Composing, judgeAgreement } from '#core/model/rules/ensemble-agreement.ts';
import { Pen } from '#core/model/rules/rule.ts';
import type { EnsembleStepJson } from '#core/pbtxt/model-config.ts';
import { printedId } from './model-id.ts';
import { type Node, readyVersions } from './node.ts';

/** How a model fits together with those that it runs, as they serve now; they have been judged before. */
export type Judgement = {
  /** Why an ensemble does not fit, in Triton's words; '' when it does. */
  readonly flaw: string;
  /** An ensemble is decoupled where what it runs is. */
  readonly isDecoupled: boolean;
};

export function judge(node: Node): Judgement {
  const flaw = brokenGraph(node);
  return flaw !== '' || !node.polled.config.ensemble_scheduling ? { flaw, isDecoupled: false } : agreement(node);
}

function brokenGraph(node: Node): string {
  const { config } = node.polled;
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
  return '';
}

function agreement({ id, polled, steps }: Node): Judgement {
  const { config, folder } = polled;
  const composing = ({ model_name: name = '', model_version: version = 0 }: EnsembleStepJson): Composing => {
    const model = steps.get(name);
    const ready = model ? readyVersions(model) : [];
    const slot = ready.find((one) => one.version === String(version)) ?? ready[0];
    const called = model ? printedId(model.id) : name;
    return slot ? { called, config: slot.loaded.config } : { called, unknown: name };
  };
  const pen = new Pen({ text: 'absent', folder, configPath: `${folder}/config.pbtxt` }, agreementExplains);
  const { findings, isDecoupled } = judgeAgreement({ config, called: printedId(id) }, composing, pen);
  const [first] = findings;
  return { flaw: first ? (first.triton ?? first.says) : '', isDecoupled: isDecoupled === true };
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
