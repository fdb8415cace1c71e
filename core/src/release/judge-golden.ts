import type { InferRequest, InferResponse, Tensor } from '../kserve/tensor.ts';
import type { GoldenCase, GoldenSet, Label, Tolerance } from './golden.ts';

/** The request of a golden case, as any client would send it. */
export function requestOf({ id, inputs }: GoldenCase): InferRequest {
  return { id, inputs: Object.entries(inputs).map(([name, { datatype, shape, data }]) => ({ name, datatype, shape, data })) };
}

/** What is wrong with the answer to a golden case: which output, where, got and expected. 'none': within tolerance throughout. */
export function wrongIn(set: GoldenSet, { id, expect }: GoldenCase, response: InferResponse): string | 'none' {
  for (const [name, { datatype, tolerance }] of Object.entries(set.outputs)) {
    const wanted = expect[name];
    if (!wanted) continue;
    const got = response.outputs.find((output) => output.name === name);
    const about = `golden case ${id}, output ${name}`;
    if (!got) return `${about}: not in the answer, which has ${response.outputs.map((output) => output.name).join(', ') || 'no outputs'}`;
    if (got.datatype !== datatype) return `${about}: datatype ${got.datatype}, expected ${datatype}`;
    if (got.shape.join() !== wanted.shape.join()) return `${about}: shape [${got.shape.join()}], expected [${wanted.shape.join()}]`;
    if (got.data.length !== wanted.data.length) return `${about}: ${got.data.length} values, expected ${wanted.data.length}`;
    for (const [index, value] of wanted.data.entries()) {
      const wrong = unlike(got.data[index], value, tolerance);
      if (wrong !== 'none') return `${about}[${index}]: ${wrong}`;
    }
  }
  return 'none';
}

/** What became of a golden case: the label that was given, none that could be told, or no answer at all. */
export type Labelled = { readonly label: Label } | 'none' | 'unanswered';

/** The label that an answer gives in its first golden output: the text in it, or where its numbers are largest. */
export function labelIn(set: GoldenSet, response: InferResponse): Labelled {
  const name = Object.keys(set.outputs)[0];
  const output = response.outputs.find((one) => one.name === name);
  if (!output) return 'none';
  return output.datatype === 'BYTES' ? textIn(output) : largestAt(output);
}

/** The score of labels given in the order of the cases; 'unanswered' counts as wrong. */
export function scoreOf(
  cases: readonly GoldenCase[],
  labels: readonly Labelled[],
): { cases: number; right: number; perClass: Readonly<Record<string, { cases: number; right: number }>>; unanswered: number } {
  const perClass: Record<string, { cases: number; right: number }> = {};
  for (const [index, { label }] of cases.entries()) {
    const tally = (perClass[label] ??= { cases: 0, right: 0 });
    tally.cases += 1;
    const given = labels[index] ?? 'unanswered';
    if (typeof given === 'object' && given.label === label) tally.right += 1;
  }
  const right = Object.values(perClass).reduce((sum, tally) => sum + tally.right, 0);
  const unanswered = cases.filter((_, index) => (labels[index] ?? 'unanswered') === 'unanswered').length;
  return { cases: cases.length, right, perClass, unanswered };
}

/** Texts are alike or they are not; numbers may be as far apart as the tolerance says. 'none': near enough. */
function unlike(got: unknown, value: number | string, tolerance: Tolerance | 'exact'): string | 'none' {
  if (typeof value === 'string' || tolerance === 'exact') {
    return got === value ? 'none' : `got ${JSON.stringify(got)}, expected ${JSON.stringify(value)}`;
  }
  const allowed = tolerance.absolute + tolerance.relative * Math.abs(value);
  // Written so that a NaN is never within tolerance.
  if (Math.abs(Number(got) - value) <= allowed) return 'none';
  return `got ${String(got)}, expected ${value} within ${allowed.toPrecision(2)}`;
}

function textIn({ data: [text, ...more] }: Tensor): Labelled {
  return typeof text === 'string' && more.length === 0 ? { label: text } : 'none';
}

function largestAt({ data }: Tensor): Labelled {
  let at: Labelled = 'none';
  let largest = Number.NEGATIVE_INFINITY;
  for (const [index, value] of data.entries()) {
    const number = Number(value);
    if (Number.isNaN(number)) return 'none';
    if (number > largest) [at, largest] = [{ label: index }, number];
  }
  return at;
}
