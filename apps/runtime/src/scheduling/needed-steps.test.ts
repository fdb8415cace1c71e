import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { EnsembleStep } from '../models/served-model.ts';
import { neededSteps } from './needed-steps.ts';

const step = (name: string, from: readonly string[], to: readonly string[]): EnsembleStep => ({
  model: { namespace: '', name },
  version: '',
  inputs: new Map(from.map((tensor, index) => [`in${index}`, tensor])),
  outputs: new Map(to.map((tensor, index) => [`out${index}`, tensor])),
});

// x ─ prepare ─ p ─ fast ─ a
//                 └ slow ─ s ─ after ─ b
const steps = [step('prepare', ['x'], ['p']), step('fast', ['p'], ['a']), step('slow', ['p'], ['s']), step('after', ['s'], ['b'])];
const needed = (asked: readonly string[], all: readonly EnsembleStep[] = steps): readonly string[] =>
  neededSteps(all, ['a', 'b'], asked).map(({ model }) => model.name);

test('only the steps that lead to what is asked for are needed', () => {
  deepStrictEqual(needed(['a']), ['prepare', 'fast']);
  deepStrictEqual(needed(['b']), ['prepare', 'slow', 'after']);
});

test('all of them when all is asked for, or nothing is named', () => {
  const all = ['prepare', 'fast', 'slow', 'after'];
  deepStrictEqual([needed(['a', 'b']), needed([])], [all, all]);
});

test('a step of two outputs is needed for either, and one that nobody ever takes keeps it', () => {
  const both = [step('both', ['x'], ['a', 'b'])];
  deepStrictEqual([needed(['a'], both), needed(['b'], both)], [['both'], ['both']]);
  const spare = [step('left', ['x'], ['a', 'nobody']), step('right', ['x'], ['b'])];
  deepStrictEqual([needed(['b'], spare), needed(['a'], spare)], [['left', 'right'], ['left']]);
});
