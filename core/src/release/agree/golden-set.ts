import type { Finding } from '../../base/finding.ts';
import { nearest } from '../../base/nearest.ts';
import { shown } from '../../base/read-as.ts';
import type { Contract, TensorSpec } from '../../contract/contract.ts';
import type { GoldenCase } from '../golden.ts';
import { contractPath, goldenPath } from '../layout.ts';
import type { Rule } from './rule.ts';

/** Fewer than this says little about a class, and a server that is wrong now and then may slip through. */
const casesEnough = 20;

/** The golden set asks and expects what the contract takes and promises. */
export const goldenSet: Rule = function* ({ contract, config, golden }, pen) {
  if (golden === 'absent') return;
  const place = { file: goldenPath };
  const { outputs } = contract.io;
  for (const [name, { datatype }] of Object.entries(golden.outputs)) {
    const promised = outputs.find((output) => output.name === name);
    if (!promised) {
      yield pen.error('golden/tensor-name', place, `the golden output "${name}" is not in the contract`, didYouMean(name, outputs));
    } else if (promised.datatype !== datatype) {
      const says = `the golden set expects ${datatype} from "${name}", and the contract promises ${promised.datatype}`;
      yield pen.error('golden/datatype', place, says);
    }
  }
  const optional = new Set((config.input ?? []).flatMap((input) => (input.optional ? [input.name ?? ''] : [])));
  const isBatched = (config.max_batch_size ?? 0) > 0;
  const problems = new Map<string, { ids: string[]; fix?: string | undefined }>();
  for (const one of golden.cases) {
    for (const { says, fix } of caseProblems(one, { contract, optional, isBatched })) {
      problems.set(says, { ids: [...(problems.get(says)?.ids ?? []), one.id], fix });
    }
  }
  // A hundred cases that are wrong in one way are one thing to change.
  for (const [says, { ids, fix }] of problems) {
    const where = ids.length === 1 ? `case ${shown(ids[0])}` : `case ${shown(ids[0])} and ${ids.length - 1} more`;
    yield pen.error('golden/case', place, `${where}: ${says}`, fix);
  }
  if (!golden.cases.some(({ id }) => id === contract.health.case)) {
    const says = `the health check's case ${shown(contract.health.case)} is not in the golden set`;
    yield pen.error('golden/health-case', pen.at(contractPath, 'health:'), says);
  }
  if (golden.cases.length < casesEnough) {
    const says = golden.cases.length === 1 ? 'one case proves little' : `${golden.cases.length} cases prove little`;
    yield pen.warning('golden/few-cases', place, says, `give at least ${casesEnough}, some of every class`);
  }
};

type CaseContext = { readonly contract: Contract; readonly optional: ReadonlySet<string>; readonly isBatched: boolean };
type Problem = Pick<Finding, 'says'> & { readonly fix?: string | undefined };

function* caseProblems({ inputs, expect, label }: GoldenCase, { contract, optional, isBatched }: CaseContext): Iterable<Problem> {
  const { batch } = contract.shapes;
  const { inputs: taken, outputs: promised } = contract.io;
  const fits = (shape: readonly number[], spec: TensorSpec): boolean => {
    const dims = isBatched ? shape.slice(1) : shape;
    const isBatchRight = !isBatched || ((shape[0] ?? 0) >= batch.min && (shape[0] ?? 0) <= batch.max);
    return isBatchRight && dims.length === spec.shape.length && spec.shape.every((size, axis) => size === -1 || size === dims[axis]);
  };
  const wanted = (spec: TensorSpec): string => `[${[...(isBatched ? [`${batch.min} to ${batch.max}`] : []), ...spec.shape].join(', ')}]`;

  for (const { name } of taken) {
    if (!inputs[name] && !optional.has(name)) yield { says: `the input "${name}" is missing` };
  }
  for (const [name, { datatype, shape }] of Object.entries(inputs)) {
    const spec = taken.find((input) => input.name === name);
    if (!spec) yield { says: `the input "${name}" is not in the contract`, fix: didYouMean(name, taken) };
    else if (datatype !== spec.datatype) yield { says: `the input "${name}" is ${datatype}, and the contract takes ${spec.datatype}` };
    else if (!fits(shape, spec))
      yield { says: `the input "${name}" has the shape [${shape.join(', ')}], and the contract takes ${wanted(spec)}` };
  }
  for (const [name, { shape }] of Object.entries(expect)) {
    const spec = promised.find((output) => output.name === name);
    if (!spec || fits(shape, spec)) continue;
    yield { says: `the output "${name}" is expected in the shape [${shape.join(', ')}], and the contract promises ${wanted(spec)}` };
  }
  const classes = promised.find((output) => output.labels)?.shape.at(-1) ?? -1;
  if (classes > 0 && typeof label === 'number' && label >= classes)
    yield { says: `the label ${label} is not among the ${classes} classes` };
}

function didYouMean(name: string, specs: readonly TensorSpec[]): string | undefined {
  const near = nearest(
    name,
    specs.map((spec) => spec.name),
  );
  return near ? `did you mean "${near}"?` : undefined;
}
