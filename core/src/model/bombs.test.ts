import { deepStrictEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { answered, isUnseen } from '../base/asking.ts';
import { fixText } from '../pbtxt/fix-text.ts';
import { Repository } from './check-repository.ts';
import { type Conditions, defaultSettings } from './conditions.ts';
import { madeUpTree } from './made-up-tree.ts';

// Long configurations. What takes time or memory that grows with the square of their length does not come to its end here.

const many = 30_000;
const lines = (line: (index: number) => string): string => Array.from({ length: many }, (_, index) => line(index)).join('\n');
const tensor = (kind: 'input' | 'output', name: string): string => `${kind} { name: "${name}" data_type: TYPE_FP32 dims: 4 }`;
const head = 'backend: "accept" max_batch_size: 8\n';
const io = `${tensor('input', 'x')} ${tensor('output', 'y')}\n`;
const ensemble = 'platform: "ensemble" max_batch_size: 8\n';
const step = (maps: string): string => `step { model_name: "a" model_version: -1 ${maps} }`;
const maps = (read: string, written: string): string =>
  `input_map { key: "x" value: "${read}" } output_map { key: "y" value: "${written}" }`;
/** Half of them on each side of one step. */
const wideInputs = lines((index) => (index % 2 ? tensor('input', `x${index}`) : tensor('output', `y${index}`)));
const wideMaps = lines((index) =>
  index % 2 ? `input_map { key: "x${index}" value: "x${index}" }` : `output_map { key: "y${index}" value: "y${index}" }`,
);

/** What it is made of, the verdict, and how many errors; `a` is the model that steps run. */
const bombs: readonly (readonly [what: string, config: string, verdict: string, errors: number, a?: string])[] = [
  ['parameters', head + io + lines((index) => `parameters { key: "${index}" value { string_value: "v" } }`), 'accept', 0],
  ['inputs of one name', head + lines(() => tensor('input', 'x')) + tensor('output', 'y'), 'accept', 0],
  ['versions', `${head}${io}version_policy { specific { versions: [ ${lines((index) => `${index},`)} 1 ] } }`, 'accept', 0],
  [
    'labels',
    head + tensor('input', 'x') + lines((index) => `output { name: "${index}" data_type: TYPE_FP32 dims: 4 label_filename: "${index}" }`),
    'reject',
    many,
  ],
  [
    'steps in a row',
    `${ensemble}${tensor('input', '0')} ${tensor('output', String(many))} ensemble_scheduling { ${lines((index) => step(maps(String(index), String(index + 1))))} }`,
    'accept',
    0,
  ],
  [
    'steps that wait for ever',
    `${ensemble}${lines((index) => tensor('output', String(index + 1)))} ensemble_scheduling { ${lines((index) => step(maps(String(index), String(index + 1))))} }`,
    'reject',
    many + 1,
  ],
  [
    'one step with as many inputs as outputs',
    `${ensemble}${wideInputs} ensemble_scheduling { ${step(wideMaps)} }`,
    'accept',
    0,
    head + wideInputs,
  ],
];

for (const [what, config, verdict, errors, a = head + io] of bombs) {
  test(`${many} ${what} are judged in time that grows with their number`, () => {
    const server = { ...defaultSettings, autoComplete: false };
    const conditions: Conditions = { triton: { major: 2, minor: 51 }, gpus: [], server, backends: { accepting: ['accept'] } };
    const tree = madeUpTree({ 'r/m/config.pbtxt': config, 'r/m/1/': '', 'r/a/config.pbtxt': a, 'r/a/1/': '' });
    const report = answered(new Repository('r', conditions).check('m'), tree);
    ok(!isUnseen(report));
    const found = report.findings.filter(({ severity }) => severity === 'error').length;
    deepStrictEqual([report.verdict, found], [verdict, errors]);
  });
}

test(`${many} things to mend are all mended`, () => {
  const { text, changes } = fixText(`${head}${lines(() => '// a comment of another language')}\n`);
  deepStrictEqual([changes.length, text.includes('//')], [many, false]);
});
