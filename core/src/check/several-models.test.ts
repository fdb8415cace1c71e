import { deepStrictEqual, ok } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { answered } from '../base/asking.ts';
import { formatFinding } from '../base/finding.ts';
import { defaultSettings } from '../model/conditions.ts';
import { treeOf } from '../model/made-up-tree.ts';
import { checksOf } from './check-path.ts';
import { whatStandsThere } from './what-stands-there.ts';
import { withContract } from './with-contract.ts';

const folder = fileURLToPath(new URL('../../../examples/reviews/releases/a', import.meta.url));
type File = { path: string; bytes: Uint8Array; size: number };

const files: readonly File[] = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))
  .map((path) => ({ path: `a/${relative(folder, path)}`, bytes: new Uint8Array(readFileSync(path)) }))
  .map((file) => ({ ...file, size: file.bytes.length }));

/** What `conch check a` says: each model's verdict, and all findings. */
function checked(tree: readonly File[]): { verdicts: Record<string, string>; says: string[] } {
  const answers = treeOf([...tree]);
  const standing = answered(whatStandsThere('a'), answers);
  const server = { ...defaultSettings, autoComplete: false };
  const conditions = { triton: { major: 2, minor: 51 }, gpus: [], server, backends: 'judged' as const };
  const reports = [...checksOf(standing, conditions, withContract)].map((check) => answered(check, answers));
  const verdicts: Record<string, string> = {};
  const says: string[] = [];
  for (const report of reports) {
    ok('verdict' in report, JSON.stringify(report));
    verdicts[report.name] = report.verdict;
    says.push(...report.findings.map(formatFinding));
  }
  return { verdicts, says };
}

test('a release of an ensemble, Python and ONNX has nothing wrong; what only a run of Python can show is unknown', () => {
  deepStrictEqual(checked(files), {
    verdicts: { reviews: 'unknown', reviews_classifier: 'accept', reviews_labels: 'unknown', reviews_tokens: 'unknown' },
    says: [],
  });
});

test('a model that the contract does not name, and a file of another model that is missing, are said once, at the ensemble', () => {
  const more = [...files, { path: 'a/repository/other/config.pbtxt', bytes: new Uint8Array(0), size: 0 }];
  const { says } = checked(more.filter(({ path }) => !path.endsWith('vocabulary.txt')));
  deepStrictEqual(
    says.map((line) => line.replace(/^\S+/, '').trim().split('  ').slice(0, 2).join(' ')).filter((line) => line.includes('layout/')),
    ['error layout/model-folder', 'error layout/file-missing'],
  );
});
