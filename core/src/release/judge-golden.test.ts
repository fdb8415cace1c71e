import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { InferResponse } from '../kserve/tensor.ts';
import type { GoldenCase, GoldenSet } from './golden.ts';
import { labelIn, requestOf, scoreOf, wrongIn } from './judge-golden.ts';

const one: GoldenCase = {
  id: 'one',
  inputs: { x: { datatype: 'FP32', shape: [1, 2], data: [1, 2] } },
  expect: { y: { shape: [1, 3], data: [0.1, 100, 0] } },
  label: 1,
};
const set: GoldenSet = {
  golden: 'conch/v1',
  model: 'm',
  outputs: { y: { datatype: 'FP32', tolerance: { absolute: 0.01, relative: 0.001 } } },
  cases: [one],
};

const answer = (data: (number | string)[], shape = [1, 3], name = 'y'): InferResponse => ({
  model_name: 'm',
  model_version: '1',
  outputs: [{ name, datatype: 'FP32', shape, data }],
});

test('a golden case is asked as a client asks', () => {
  deepStrictEqual(requestOf(one), { id: 'one', inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 2], data: [1, 2] }] });
});

test('an answer within tolerance, absolute and relative together, is right', () => {
  strictEqual(wrongIn(set, one, answer([0.11, 100.1, -0.01])), 'none');
});

for (const { name, response, says } of [
  { name: 'too far away', response: answer([0.1, 100.2, 0]), says: /case one, output y\[1\]: got 100.2, expected 100 within 0.11/ },
  { name: 'not a number', response: answer([0.1, Number.NaN, 0]), says: /y\[1\]: got NaN/ },
  { name: 'of another shape', response: answer([0.1, 100, 0], [3, 1]), says: /shape \[3,1\], expected \[1,3\]/ },
  { name: 'cut short', response: answer([0.1, 100]), says: /2 values, expected 3/ },
  { name: 'about something else', response: answer([0.1, 100, 0], [1, 3], 'z'), says: /not in the answer, which has z/ },
]) {
  test(`an answer ${name} is wrong, and it is said where`, () => match(wrongIn(set, one, response), says));
}

test('the label of an answer is where its output is largest', () => {
  deepStrictEqual(labelIn(set, answer([0.1, 0.2, 0.15])), { label: 1 });
  strictEqual(labelIn(set, answer([Number.NaN, 0.2, 0.15])), 'none');
  strictEqual(labelIn(set, answer([1], [1, 1], 'z')), 'none');
});

test('labels are scored in all and per class, and no answer is a wrong answer', () => {
  const cases = [1, 1, 2, 0].map((label, index) => ({ ...one, id: String(index), label }));
  deepStrictEqual(scoreOf(cases, [{ label: 1 }, { label: 2 }, { label: 2 }, 'unanswered']), {
    cases: 4,
    right: 2,
    perClass: { 0: { cases: 1, right: 0 }, 1: { cases: 2, right: 1 }, 2: { cases: 1, right: 1 } },
    unanswered: 1,
  });
});

test('a model that answers in words is judged by them, to the letter', () => {
  const said: GoldenCase = { ...one, expect: { says: { shape: [1, 1], data: ['none'] } }, label: 'none' };
  const words: GoldenSet = { ...set, outputs: { says: { datatype: 'BYTES', tolerance: 'exact' } }, cases: [said] };
  const saying = (data: string[]): InferResponse => ({
    ...answer([]),
    outputs: [{ name: 'says', datatype: 'BYTES', shape: [1, data.length], data }],
  });
  strictEqual(wrongIn(words, said, saying(['none'])), 'none');
  match(wrongIn(words, said, saying(['None'])), /output says\[0\]: got "None", expected "none"/);
  deepStrictEqual([labelIn(words, saying(['none'])), labelIn(words, saying(['a', 'b']))], [{ label: 'none' }, 'none']);
  strictEqual(scoreOf([said, said], [{ label: 'none' }, 'none']).right, 1);
});
