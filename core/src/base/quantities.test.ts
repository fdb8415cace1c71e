import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from './nearest.ts';
import { parseShare, parseSize } from './sizes.ts';

test('sizes are read as people write them', () => {
  deepStrictEqual(['512MiB', '1.5 GB', '65536', '2KiB', '7B'].map(parseSize), [536_870_912, 1_500_000_000, 65_536, 2048, 7]);
  deepStrictEqual(['', 'MiB', '5 parsecs', '-1', '1e9'].map(parseSize), [undefined, undefined, undefined, undefined, undefined]);
});

test('shares are percentages or numbers from 0 to 1', () => {
  deepStrictEqual(['0.5%', '100%', '0.07', '0.7%', '0'].map(parseShare), [0.005, 1, 0.07, 0.007, 0]);
  deepStrictEqual(['101%', '2', '-1%', 'half'].map(parseShare), [undefined, undefined, undefined, undefined]);
});

test('a misspelt word finds its neighbour, and a strange one finds none', () => {
  const words = ['max_batch_size', 'name', 'backend'];
  deepStrictEqual(
    ['max_bacth_size', 'nmae', 'Backend', 'zebra'].map((word) => nearest(word, words)),
    ['max_batch_size', 'name', 'backend', undefined],
  );
});
