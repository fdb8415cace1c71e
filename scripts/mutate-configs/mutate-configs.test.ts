import { deepStrictEqual, notDeepStrictEqual } from 'node:assert';
import { test } from 'node:test';
import { diceOf } from '#core/base/dice.ts';
import { ensembleCase } from './ensemble.ts';
import { fieldsCase } from './fields.ts';
import { layoutCase } from './layout.ts';
import { seeds } from './seeds.ts';
import { modelConfigShape, type Shape } from './shape.ts';
import { readTree, sitesOf } from './tree.ts';
import { textCase } from './text.ts';

/** Said by other kinds of cases, or by none that loads on a machine without GPUs or agents, or not known to 2.51 at all. */
const elsewhere = ['ensemble_scheduling', 'model_repository_agents', 'model_metrics', 'gpus'];

test('the seeds say every field that a single model can have', () => {
  const said = new Set(
    seeds.flatMap(({ config }) => sitesOf(readTree(config)).map(({ node, field }) => (field ? node.name : `unknown ${node.name}`))),
  );
  const known = namesIn(modelConfigShape);
  deepStrictEqual(
    [...known].filter((name) => !said.has(name)),
    [],
  );
  deepStrictEqual(
    [...said].filter((name) => name.startsWith('unknown')),
    [],
  );
});

test('the same seed makes the same cases, another seed others', () => {
  for (const make of [textCase, fieldsCase, layoutCase, ensembleCase]) {
    const cases = (seed: number) => {
      const dice = diceOf(seed);
      return Array.from({ length: 50 }, (_, at) => make(dice, String(at)));
    };
    deepStrictEqual(cases(1), cases(1));
    notDeepStrictEqual(cases(1), cases(2));
  }
});

function namesIn(shape: Shape): Set<string> {
  const own = shape.fields.filter(({ name }) => !elsewhere.includes(name));
  return new Set(own.flatMap(({ name, type }) => [name, ...(type.kind === 'message' ? namesIn(type.shape) : [])]));
}
