import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wordsOf } from '#core/base/fault.ts';
import { LoadFailure } from './load-failure.ts';
import type { ServedModel } from './served-model.ts';

/** By the name of an output: the words for its classes, by index. */
export type Labels = ReadonlyMap<string, readonly string[]>;

/** Reads the label files that the outputs name, a label a line. Throws a LoadFailure. */
export function readLabels(folder: string, { outputs }: ServedModel): Labels {
  return new Map(
    outputs.filter(({ labelFile }) => labelFile !== '').map(({ name, labelFile }) => [name, linesOf(join(folder, labelFile))]),
  );
}

function linesOf(file: string): readonly string[] {
  try {
    return readFileSync(file, 'utf8').replace(/\n$/, '').split('\n');
  } catch (thrown) {
    throw new LoadFailure('Internal', `failed to open text file for read ${file}: ${wordsOf(thrown)}`);
  }
}
