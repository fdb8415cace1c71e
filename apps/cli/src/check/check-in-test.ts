import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { writeFiles } from '#adapters/tree/write-files.ts';
import type { MadeUpFiles } from '#core/model/made-up-tree.ts';
import type { Typed } from '../command.ts';
import { check } from '../commands/check.ts';
import { fakeTerminal } from '../fake-terminal.ts';

/** A configuration that loads without a word. */
export const fine = (name: string, more = ''): string =>
  `name: "${name}"
backend: "identity"
input { name: "x" data_type: TYPE_FP32 dims: [ 4 ] }
output { name: "y" data_type: TYPE_FP32 dims: [ 4 ] }
${more}`;

/** An ensemble of one step. */
export const ensembleOf = (name: string, model: string): string =>
  `name: "${name}"
platform: "ensemble"
input { name: "x" data_type: TYPE_FP32 dims: [ 4 ] }
output { name: "y" data_type: TYPE_FP32 dims: [ 4 ] }
ensemble_scheduling {
  step { model_name: "${model}" model_version: -1 input_map { key: "x" value: "x" } output_map { key: "y" value: "y" } }
}
`;

/** Where the tests were started. */
const home = process.cwd();

/** A temporary folder with these files, in which the test then stands. */
export function standIn(t: TestContext, files: MadeUpFiles): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'conch-check-')));
  writeFiles(folder, files);
  process.chdir(folder);
  t.after(() => {
    process.chdir(home);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** `conch check` as it is typed: what it printed, what it noted, and its exit code. */
export async function runCheck(paths: string | readonly string[], typed: Typed = {}) {
  const terminal = fakeTerminal(typed['output'] === 'json' ? 'json' : 'text');
  const code = await check.run({ paths: typeof paths === 'string' ? [paths] : paths, ...typed }, terminal);
  return { code, printed: terminal.written.join(''), noted: terminal.noted.join('\n') };
}

/** The models of the JSON output, and all else that it says. */
export async function checkedModels(paths: string | readonly string[], typed: Typed = {}) {
  const { code, printed } = await runCheck(paths, { output: 'json', ...typed });
  return { code, ...(JSON.parse(printed) as Checked) };
}

type Checked = {
  readonly models: readonly {
    readonly path: string;
    readonly name: string;
    readonly verdict: string;
    readonly needs: readonly string[];
    readonly findings: readonly { readonly code: string; readonly place: { readonly file: string; readonly line?: number } }[];
  }[];
  readonly target: Readonly<Record<string, unknown>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly unlooked: readonly { readonly path: string; readonly says: string }[];
  readonly mended?: readonly unknown[];
};
