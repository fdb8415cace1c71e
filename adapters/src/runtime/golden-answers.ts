import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { InferRequest, InferResponse } from '#core/kserve/tensor.ts';
import type { GoldenCase, GoldenSet } from '#core/release/golden.ts';

/** A release of the digits example, as the tests of runtimes use it. */
export function digitsRelease(name: string): { readonly repository: string; readonly configText: string; golden(): GoldenSet } {
  const folder = fileURLToPath(new URL(`../../../examples/digits/releases/${name}`, import.meta.url));
  return {
    repository: `${folder}/repository`,
    configText: readFileSync(`${folder}/repository/digits/config.pbtxt`, 'utf8'),
    golden: () => JSON.parse(readFileSync(`${folder}/golden.json`, 'utf8')) as GoldenSet,
  };
}

export function requestOf({ id, inputs }: GoldenCase): InferRequest {
  return { id, inputs: Object.entries(inputs).map(([name, input]) => ({ name, ...input })) };
}

/** What is wrong with an answer to a golden case; undefined when it is right. */
export function wrongIn({ outputs }: GoldenSet, { id, expect }: GoldenCase, response: InferResponse): string | undefined {
  for (const [name, expected] of Object.entries(expect)) {
    const got = response.outputs.find((output) => output.name === name);
    const tolerance = outputs[name]?.tolerance;
    if (!got || !tolerance || tolerance === 'exact') return `${id}: no output ${name}`;
    if (String(got.shape) !== String(expected.shape)) return `${id}: ${name} has shape ${got.shape}, not ${expected.shape}`;
    const far = expected.data.findIndex(
      (value, index) =>
        !(Math.abs(Number(got.data[index]) - Number(value)) <= tolerance.absolute + tolerance.relative * Math.abs(Number(value))),
    );
    if (far >= 0) return `${id}: ${name}[${far}] is ${got.data[far]}, not ${expected.data[far]}`;
  }
  return undefined;
}
