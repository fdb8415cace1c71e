import { readFileSync } from 'node:fs';
import { answered } from '#core/base/asking.ts';
import { Repository } from '#core/model/check-repository.ts';
import { type Conditions, defaultSettings } from '#core/model/conditions.ts';
import { madeUpTree } from '#core/model/made-up-tree.ts';

// node scripts/compare-with-triton.ts CASES.jsonl RULINGS.jsonl [--strict] [--show N]
// Compares our verdict and our first reason with what a real tritonserver ruled (scripts/referee.ts).

type Case = { id: string; model: string; files: Record<string, string | { base64: string }>; notes?: string[] };
type Ruling = { id: string; verdict: string; reason: string; text?: { line: number; column: number; says: string }; died?: true };

const [casesFile = '', rulingsFile = ''] = process.argv.slice(2);
const isStrict = process.argv.includes('--strict');
const show = process.argv.includes('--show') ? Number(process.argv[process.argv.indexOf('--show') + 1]) : 40;
const lines = (file: string): string[] => readFileSync(file, 'utf8').split('\n').filter(Boolean);
const rulings = new Map(lines(rulingsFile).map((line) => [(JSON.parse(line) as Ruling).id, JSON.parse(line) as Ruling]));
const conditions: Conditions = {
  triton: { major: 2, minor: 51 },
  gpus: [],
  server: { ...defaultSettings, autoComplete: !isStrict },
  backends: {
    accepting: ['accept', 'identity', 'onnxruntime', 'tensorrt', 'pytorch', 'tensorflow', 'openvino', 'dali', 'fil', 'python', 'vllm'],
  },
};

const counts = { cases: 0, verdicts: 0, reasons: 0, died: 0 };
const wrong = new Map<string, { count: number; example: string }>();
for (const line of lines(casesFile)) {
  const one = JSON.parse(line) as Case;
  const ruling = rulings.get(one.id);
  if (!ruling) continue;
  counts.cases += 1;
  const files = Object.fromEntries(
    Object.entries(one.files).map(([path, content]) => [
      `models/${path}`,
      typeof content === 'string' ? content : Uint8Array.from(Buffer.from(content.base64, 'base64')),
    ]),
  );
  const report = answered(new Repository('models', conditions).check(one.model), madeUpTree(files));
  const first = 'unseen' in report ? undefined : report.findings.find(({ severity }) => severity === 'error');
  const verdict = 'unseen' in report ? 'reject' : report.verdict;
  const ours = first?.triton ?? first?.says ?? '';
  const theirs = ruling.reason.startsWith('failed to read text proto') ? (ruling.text?.says ?? ruling.reason) : ruling.reason;
  if (ruling.died) counts.died += 1;
  if (verdict !== ruling.verdict)
    note(`VERDICT ours ${verdict} (${first?.code ?? ''}: ${ours}) theirs ${ruling.verdict} (${theirs})`, one, ruling);
  else {
    counts.verdicts += 1;
    if (verdict === 'accept' || ruling.died || plain(ours) === plain(theirs)) counts.reasons += 1;
    else note(`REASON ours ${first?.code} ${ours} | theirs ${theirs}`, one, ruling);
  }
}

function plain(text: string): string {
  return text
    .replace(/^(Invalid argument|Internal|Unsupported|Not found): /, '')
    .replace(/, searched: .*/, '')
    .replace(/^\[request id: <id_unknown>\] /, '')
    .replace(/\/tmp\/conch-referee-\w+\/models\//g, 'models/')
    .replace(/(UNAVAILABLE state: )(Invalid argument|Internal|Not found|Unsupported): /, '$1')
    .trim();
}

function note(what: string, one: Case, ruling: Ruling): void {
  const key = what.replace(/'[^']*'|"[^"]*"|\d+/g, '…').replace(/for \w+$/, '');
  const known = wrong.get(key);
  const where = ruling.text ? `${ruling.text.line}:${ruling.text.column}` : '';
  wrong.set(key, {
    count: (known?.count ?? 0) + 1,
    example: known?.example ?? `${what} [${one.id}] ${where} ${JSON.stringify(one.notes ?? '')}`,
  });
}

for (const { count, example } of [...wrong.values()].sort((one, other) => other.count - one.count).slice(0, show))
  console.log(`${count}x ${example}`);
console.log(
  `${counts.cases} cases: verdicts agree in ${counts.verdicts}, first reasons too in ${counts.reasons}; the server died in ${counts.died}`,
);
