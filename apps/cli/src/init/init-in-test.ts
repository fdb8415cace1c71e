import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { external, model, node, value } from '#core/model-file/made-up-onnx.ts';
import { checkedModels } from '../check/check-in-test.ts';
import type { Typed } from '../command.ts';
import { init } from '../commands/init.ts';
import { fakeTerminal } from '../fake-terminal.ts';

export const digits = readFileSync(join(import.meta.dirname, '../../../../examples/digits/releases/b/repository/digits/1/model.onnx'));

export async function runInit(path: string, typed: Typed = {}, answers: readonly string[] | 'nobody' = 'nobody') {
  const terminal = fakeTerminal('text', answers);
  const code = await init.run({ path, ...typed }, terminal);
  return { code, said: terminal.said.join('\n'), noted: terminal.noted.join('\n') };
}

/** What check finds in a release that init made, but for the golden set, which only a training framework can give. */
export async function foundIn(folder: string, target = 'gpu=none'): Promise<string[]> {
  const { models } = await checkedModels(folder, { target });
  return models.flatMap(({ verdict, findings }) => [
    verdict,
    ...findings.map(({ code }) => code).filter((code) => code !== 'advice/no-golden-set'),
  ]);
}

/** Everything below a folder, with the digest of each file. */
export function treeOf(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(folder, path)).isFile());
  return Object.fromEntries(
    paths.sort().map((path) => [
      path,
      createHash('sha256')
        .update(readFileSync(join(folder, path)))
        .digest('hex'),
    ]),
  );
}

export const weights = new Uint8Array(8);
export const withWeights = (location: string) =>
  model({
    inputs: [value('x', ['n', 2])],
    outputs: [value('y', ['n', 2])],
    nodes: [node('Add', ['x', 'w'], ['y'])],
    initializers: [external('w', { location, length: 8 })],
  });
