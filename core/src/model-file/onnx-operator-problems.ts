import type { OnnxFacts, OnnxFunction, OnnxOperator } from './onnx.ts';
import { importOf } from './onnx-opset.ts';
import { operatorsEnded, operatorsNamed, operatorsSince } from './onnx-operators.ts';
import type { OnnxProblem } from './onnx-problem.ts';
import type { OnnxRuntimeVersion } from './onnxruntime-versions.ts';

/**
 * Operators that ONNX Runtime does not know. It looks them up in the opset that the model imports, those in the bodies of functions too,
 * which it puts in place of their calls; it looks into a function only when something calls it.
 */
export function operatorProblems(facts: OnnxFacts, reach: OnnxRuntimeVersion | undefined): OnnxProblem[] {
  const locals = new Map(facts.functions.map((local) => [nameOf(local.domain, local.name, local.overload), local]));
  const called = [...calledFrom(facts.operators, locals)];
  const used = [facts.operators, ...called.map(({ operators }) => operators)].flat();
  const distinct = new Map(used.map((one) => [nameOf(one.domain, one.op, one.overload), one]));
  return [
    ...facts.functions.flatMap(importsMissingIn),
    ...[...distinct].flatMap(([name, one]) => judge(one, { facts, reach, isLocal: locals.has(name) })),
  ];
}

type Known = { readonly facts: OnnxFacts; readonly reach: OnnxRuntimeVersion | undefined; readonly isLocal: boolean };

function judge({ domain, op }: OnnxOperator, { facts: { opsets }, reach, isLocal }: Known): OnnxProblem[] {
  const imported = importOf(opsets, domain);
  if (isJudged(domain)) {
    // A domain that the model does not import is taken at the newest opset that ONNX Runtime has.
    const version = imported ?? (domain === '' ? reach?.opset : reach?.mlOpset);
    return version === undefined ? [] : standardOperator({ domain, op, version });
  }
  if (imported === undefined && !isOnnxRuntimes(domain)) return [importMissing(domain, op)];
  if (isLocal || held(operatorsNamed, domain)?.includes(op)) return [];
  if (isOnnxRuntimes(domain)) {
    return [
      {
        code: 'onnx/operator-unknown',
        says: `the operator ${domain}.${op} is not among those that are known of ONNX Runtime`,
        needs: 'an ONNX Runtime that has the operator, or a library of custom operators that does',
      },
    ];
  }
  return [
    {
      code: 'onnx/custom-operator',
      says: `the operator ${domain}.${op} is none of ONNX or ONNX Runtime`,
      fix: 'name its library in the parameter op_library_filename of model_operations',
      needs: 'a library of custom operators',
    },
  ];
}

/** What is asked of a domain whose operators ONNX defines, each from an opset on. */
function standardOperator({
  domain,
  op,
  version,
}: {
  readonly domain: string;
  readonly op: string;
  readonly version: number;
}): OnnxProblem[] {
  if (version > newestOpset(domain)) return [];
  const since = held(held(operatorsSince, domain), op);
  const ended = held(held(operatorsEnded, domain), op);
  const opset = domain === '' ? `opset ${version}` : `${domain} opset ${version}`;
  const shown = domain === '' ? op : `${domain}.${op}`;
  if (ended !== undefined && version >= ended) {
    const fix = `export the model again with the operator that took its place, or with an opset before ${ended}`;
    return [{ code: 'onnx/operator-deprecated', says: `the operator ${shown} ended with opset ${ended}, and the model has ${opset}`, fix }];
  }
  if (since?.some((from) => from <= version)) return [];
  const [first] = since ?? [];
  if (first === undefined) {
    const fix = 'put the operator into the domain that defines it, or export the model again';
    return [{ code: 'onnx/operator-unknown', says: `there is no operator ${shown} in ${opset}`, fix }];
  }
  const fix = `export the model with opset ${first} or newer`;
  return [{ code: 'onnx/operator-unknown', says: `the operator ${shown} begins with opset ${first}, and the model has ${opset}`, fix }];
}

/** A function must itself import the domains of what stands in it, whether it is called or not. */
function importsMissingIn({ domain, name, opsets, operators }: OnnxFunction): OnnxProblem[] {
  const missing = new Set(operators.map((one) => one.domain).filter((of) => importOf(opsets, of) === undefined));
  return [...missing].map((of) => ({
    code: 'onnx/opset-missing',
    says: `the function ${domain}.${name} has operators of ${domainName(of)}, and imports no opset of it`,
    fix: 'export the model again',
  }));
}

function importMissing(domain: string, op: string): OnnxProblem {
  return {
    code: 'onnx/opset-missing',
    says: `the operator ${domain}.${op} stands in a domain of which the model imports no opset`,
    fix: `add an opset_import of ${domain}`,
  };
}

/** Every function that is called, from the graph or from one that is. */
function calledFrom(operators: readonly OnnxOperator[], locals: ReadonlyMap<string, OnnxFunction>): Set<OnnxFunction> {
  const called = new Set<OnnxFunction>();
  const open = [operators];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    for (const { domain, op, overload } of next) {
      const local = isJudged(domain) ? undefined : locals.get(nameOf(domain, op, overload));
      if (local === undefined || called.has(local)) continue;
      called.add(local);
      open.push(local.operators);
    }
  }
  return called;
}

const nameOf = (domain: string, op: string, overload: string): string => `${domain}\n${op}\n${overload}`;
const isJudged = (domain: string): boolean => domain === '' || domain === 'ai.onnx.ml';
const domainName = (domain: string): string => (domain === '' ? 'the default domain' : domain);

/** Domains that ONNX Runtime has of its own, imported or not. */
const isOnnxRuntimes = (domain: string): boolean => Object.hasOwn(operatorsNamed, domain);

function held<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined;
}

const newest = new Map(
  Object.entries(operatorsSince).map(([domain, operators]) => [domain, Math.max(...Object.values(operators).flat())] as const),
);

function newestOpset(domain: string): number {
  return newest.get(domain) ?? 0;
}
