import type { Finding } from '../../base/finding.ts';
import type { EnsembleStepJson, Int64Json, ModelConfigJson } from '../../pbtxt/model-config.ts';
import { asBigInt, shapeText } from '../int64.ts';
import type { Subject } from '../subject.ts';
import type { Explanation, Pen } from './rule.ts';

/** A model that a step runs, as the ensemble meets it. */
export type Composing = {
  /** What Triton says of it, mostly: its bare name where it tells of batches, and of outputs that it has not. */
  readonly called: string;
} & ({ readonly config: ModelConfigJson } | { readonly unknown: string });

/** What an ensemble and the models of its steps must agree on. It needs those models, so it is asked apart from the other rules. */
export const agreementExplains: readonly Explanation[] = [
  {
    code: 'ensemble/batch-too-large',
    severity: 'error',
    means: 'The ensemble takes larger batches than one of its models.',
    triton: 'ensemble … allows maximum batch size …, but it contains model … which only allows maximum batch size to be …',
    example: 'max_batch_size: 16  # and a step whose model has max_batch_size: 8',
    fix: "lower the ensemble's max_batch_size, or raise the model's",
  },
  {
    code: 'ensemble/map-input-unknown',
    severity: 'error',
    means: "An input_map has a key that is no input of the step's model.",
    triton: 'in ensemble …, ensemble tensor … is mapping to non-existing input … in model …',
    example: 'input_map { key: "not an input" value: "X" }',
    fix: "write the name of one of the model's inputs as the key",
  },
  {
    code: 'ensemble/map-input-missing',
    severity: 'error',
    means: "An input of the step's model gets no tensor.",
    triton: 'in ensemble …, input … in model … is not mapped to any ensemble tensors',
    example: 'step { model_name: "a" input_map { key: "x1" value: "X" } … }  # and the model takes x1 and x2',
    fix: 'add it to the input_map',
  },
  {
    code: 'ensemble/map-output-unknown',
    severity: 'error',
    means: "An output_map has a key that is no output of the step's model.",
    triton: 'in ensemble …, ensemble tensor … is mapped from non-existing output … in model …',
    example: 'output_map { key: "not an output" value: "Y" }',
    fix: "write the name of one of the model's outputs as the key",
  },
  {
    code: 'ensemble/data-type-mismatch',
    severity: 'error',
    means: 'Two models give one tensor different datatypes.',
    triton:
      'in ensemble …, ensemble tensor …: inconsistent data type: TYPE_FP32 is inferred from model … while TYPE_INT32 is inferred from model …',
    example: 'a step that writes FP32, and one that reads the same tensor as INT32',
    fix: 'make the datatypes equal, or put a model between them that converts',
  },
  {
    code: 'ensemble/shape-mismatch',
    severity: 'error',
    means: 'Two models give one tensor different shapes. The batch dimension counts where a model batches and its neighbour does not.',
    triton: 'in ensemble …, ensemble tensor …: inconsistent shape: [-1,16] is inferred from model … while [-1,8] is inferred from model …',
    example: 'a step that writes [ 16 ], and one that reads the same tensor as [ 8 ]',
    fix: 'make the shapes equal, or write -1 where any size may come',
  },
  {
    code: 'ensemble/decoupled-branches',
    severity: 'error',
    means: 'A step gets tensors that come through different decoupled models: nobody could say which answers belong together.',
    triton: "in ensemble …, step of model '…' receives inputs originated from different decoupled models",
    example: 'two decoupled steps whose outputs meet in a third one',
    fix: 'let only one branch be decoupled, or join inside one model',
  },
];

type Node = {
  readonly model: string;
  readonly type: string;
  readonly dims: readonly Int64Json[];
  readonly isBatching: boolean;
  label: number;
  isVisited: boolean;
  readonly readers: Step[];
};

/** What a step reads gets its label to what it writes, once all of it is visited. A tensor that it reads twice counts twice. */
type Step = { readonly isDecoupled: boolean; readonly reads: Node[]; readonly writes: Node[]; waitsFor: number };

/** Steps in order, each compared with what was met first; then how decoupled models meet. `isDecoupled` is what Triton writes down. */
export function judgeAgreement(
  { config, called: ensemble }: Pick<Subject, 'config' | 'called'>,
  composing: (step: EnsembleStepJson) => Composing,
  pen: Pen,
): { findings: Finding[]; needs: string[]; isDecoupled: boolean | 'unknown' } {
  const findings: Finding[] = [];
  const needs: string[] = [];
  const tensors = new Map<string, Node>();
  const { max_batch_size: largest = 0 } = config;
  for (const one of config.input ?? []) if (!tensors.has(one.name ?? '')) tensors.set(one.name ?? '', ownNode(one, ensemble, largest > 0));
  // Whoever asked reads all outputs together.
  const sink = stepOf(false);
  sink.writes.push(nodeOf({ model: ensemble, type: '', dims: [], isBatching: false }));
  for (const one of config.output ?? []) {
    const node = tensors.get(one.name ?? '') ?? ownNode(one, ensemble, largest > 0);
    tensors.set(one.name ?? '', node);
    reads(sink, node);
  }
  for (const [index, step] of (config.ensemble_scheduling?.step ?? []).entries()) {
    const model = composing(step);
    if ('unknown' in model) {
      needs.push(model.unknown);
      continue;
    }
    findings.push(...judgeStep({ ensemble, largest, step, index, model, tensors }, pen));
  }
  if (findings.length > 0 || needs.length > 0) return { findings, needs, isDecoupled: 'unknown' };
  const { meeting, labels } = follow(config, tensors);
  if (meeting) {
    const says = `in ensemble ${ensemble}, step of model '${meeting}' receives inputs originated from different decoupled models`;
    findings.push(pen.at(['ensemble_scheduling'], 'ensemble/decoupled-branches', says));
  }
  return { findings, needs, isDecoupled: labels > 0 };
}

type Shaped = {
  readonly data_type?: string;
  readonly dims?: readonly Int64Json[];
  readonly reshape?: { readonly shape?: readonly Int64Json[] };
};

function ownNode({ data_type: type = 'TYPE_INVALID', dims = [], reshape }: Shaped, model: string, isBatching: boolean): Node {
  return nodeOf({ model, type, dims: reshape ? (reshape.shape ?? []) : dims, isBatching });
}

function nodeOf(given: Pick<Node, 'model' | 'type' | 'dims' | 'isBatching'>): Node {
  return { ...given, label: 0, isVisited: false, readers: [] };
}

/** In the place of what a step still waits for. */
const done = -1;

const stepOf = (isDecoupled: boolean): Step => ({ isDecoupled, reads: [], writes: [], waitsFor: 0 });

function reads(step: Step, node: Node): void {
  step.reads.push(node);
  step.waitsFor += 1;
  node.readers.push(step);
}

type StepAround = {
  readonly ensemble: string;
  /** Batches that the ensemble takes. */
  readonly largest: number;
  readonly step: EnsembleStepJson;
  readonly index: number;
  readonly model: Extract<Composing, { config: ModelConfigJson }>;
  readonly tensors: Map<string, Node>;
};

function* judgeStep(
  { ensemble, largest, step, index, model: { called, config: model }, tensors }: StepAround,
  pen: Pen,
): Iterable<Finding> {
  const { model_name: stepModel = '', input_map: inputMap = {}, output_map: outputMap = {} } = step;
  const path = ['ensemble_scheduling', 'step', index];
  const taken = model.max_batch_size ?? 0;
  if (taken !== 0 && taken < largest) {
    const says = `ensemble ${ensemble} allows maximum batch size ${largest}, but it contains model ${stepModel} which only allows maximum batch size to be ${taken}`;
    yield pen.at(['max_batch_size'], 'ensemble/batch-too-large', says, `write max_batch_size: ${taken} or less`);
  }
  const isBatching = taken > 0;
  const compare = function* (tensor: string, one: Shaped, at: (string | number)[]): Iterable<Finding> {
    const node = nodeOf({ model: called, type: one.data_type ?? 'TYPE_INVALID', dims: one.dims ?? [], isBatching });
    const known = tensors.get(tensor);
    if (!known) tensors.set(tensor, node);
    else yield* inconsistency(known, node, `in ensemble ${ensemble}, ensemble tensor ${tensor}: `, at, pen);
  };
  const inputs = new Set((model.input ?? []).map(({ name = '' }) => name));
  for (const [key, tensor] of Object.entries(inputMap)) {
    if (inputs.has(key)) continue;
    const says = `in ensemble ${ensemble}, ensemble tensor ${tensor} is mapping to non-existing input ${key} in model ${called}`;
    yield pen.at([...path, 'input_map', key], 'ensemble/map-input-unknown', says);
  }
  for (const input of model.input ?? []) {
    const tensor = Object.hasOwn(inputMap, input.name ?? '') ? inputMap[input.name ?? ''] : undefined;
    if (tensor !== undefined) yield* compare(tensor, input, [...path, 'input_map', input.name ?? '']);
    else if (!input.optional) {
      const says = `in ensemble ${ensemble}, input ${input.name ?? ''} in model ${called} is not mapped to any ensemble tensors`;
      yield pen.at([...path, 'input_map'], 'ensemble/map-input-missing', says);
    }
  }
  // Of two outputs of one name, the first one counts.
  const outputs = new Map((model.output ?? []).toReversed().map((output) => [output.name ?? '', output]));
  for (const [key, tensor] of Object.entries(outputMap)) {
    if (outputs.has(key)) continue;
    const says = `in ensemble ${ensemble}, ensemble tensor ${tensor} is mapped from non-existing output ${key} in model ${stepModel}`;
    yield pen.at([...path, 'output_map', key], 'ensemble/map-output-unknown', says);
  }
  const made = stepOf(model.model_transaction_policy?.decoupled === true);
  for (const [key, tensor] of Object.entries(outputMap)) {
    const output = outputs.get(key);
    if (!output) continue;
    yield* compare(tensor, output, [...path, 'output_map', key]);
    const node = tensors.get(tensor);
    if (node) made.writes.push(node);
  }
  for (const tensor of Object.values(inputMap)) {
    const node = tensors.get(tensor);
    if (node) reads(made, node);
  }
}

function* inconsistency(known: Node, node: Node, prefix: string, path: (string | number)[], pen: Pen): Iterable<Finding> {
  const from = (what: (one: Node) => string): string =>
    `${what(known)} is inferred from model ${known.model} while ${what(node)} is inferred from model ${node.model}`;
  if (known.type !== node.type) {
    const says = `${prefix}inconsistent data type: ${from(({ type }) => (typeof type === 'string' ? type : ''))}`;
    yield pen.at(path, 'ensemble/data-type-mismatch', says);
  } else if (!isAlike(known.dims, node.dims) && !isAlike(fullDims(known), fullDims(node))) {
    const says = `${prefix}inconsistent shape: ${from((one) => shapeText(fullDims(one)))}`;
    yield pen.at(path, 'ensemble/shape-mismatch', says);
  }
}

const fullDims = ({ dims, isBatching }: Node): readonly Int64Json[] => (isBatching ? [-1, ...dims] : dims);

function isAlike(one: readonly Int64Json[], other: readonly Int64Json[]): boolean {
  const open = (dim: Int64Json): boolean => asBigInt(dim) === -1n;
  return (
    one.length === other.length && one.every((dim, at) => open(dim) || open(other[at] ?? 0) || asBigInt(dim) === asBigInt(other[at] ?? 0))
  );
}

/**
 * Each decoupled step starts a label of its own; where two labels meet, nobody could join the answers. `meeting` is the model with which the
 * tensor behind them was met first.
 */
function follow(config: ModelConfigJson, tensors: ReadonlyMap<string, Node>): { meeting?: string; labels: number } {
  let labels = 0;
  const queue: Node[] = [];
  const visit = (node: Node, label: number): void => {
    if (node.isVisited) return;
    node.isVisited = true;
    node.label = label;
    for (const step of node.readers) step.waitsFor -= 1;
    queue.push(node);
  };
  for (const { name = '' } of config.input ?? []) {
    const node = tensors.get(name);
    if (node) visit(node, 0);
  }
  for (let at = 0; at < queue.length; at += 1) {
    for (const step of queue[at]?.readers ?? []) {
      if (step.waitsFor !== 0) continue;
      step.waitsFor = done;
      const { isDecoupled, writes } = step;
      const first = writes.find(({ isVisited }) => !isVisited);
      if (!first) continue;
      const inherited = step.reads[0]?.label ?? 0;
      if (step.reads.some(({ label }) => label !== inherited)) return { meeting: first.model, labels };
      if (isDecoupled) labels += 1;
      for (const node of writes) visit(node, isDecoupled ? labels : inherited);
    }
  }
  return { labels };
}
