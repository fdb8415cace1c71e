import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { repositoryFiles } from './files.ts';
import { coreArrowsRule } from './tidy/core-arrows.ts';
import { corePurityRule } from './tidy/core-purity.ts';
import { documentsRule } from './tidy/documents.ts';
import { fileNamesRule } from './tidy/file-names.ts';
import { fileSizeRule } from './tidy/file-size.ts';
import { formatFinding, type Rule, type Source } from './tidy/rule.ts';
import { topArrowsRule } from './tidy/top-arrows.ts';

// The rules that no compiler knows. When a review repeats itself, a rule is added here instead.
const rules: readonly Rule[] = [topArrowsRule, coreArrowsRule, corePurityRule, documentsRule, fileSizeRule, fileNamesRule];

const root = resolve(import.meta.dirname, '..');
const sources: Source[] = repositoryFiles(root).map((path) => ({ path, text: textOf(path) }));
const findings = rules.flatMap((rule) => rule.judge(sources).map((finding) => formatFinding(rule.name, finding)));

for (const finding of findings) console.log(finding);
console.log(`${sources.length} files, ${findings.length === 0 ? 'all tidy' : `${findings.length} findings`}`);
process.exitCode = findings.length === 0 ? 0 : 1;

/** The text of what the rules read; of models and other data they need only know that they are there. */
function textOf(path: string): string {
  return /\.(tsx?|m?js|css|sh|py|md)$/.test(path) ? readFileSync(join(root, path), 'utf8') : '';
}
