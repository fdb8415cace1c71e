import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Case, openReferee } from '#adapters/referee/triton-referee.ts';
import { jsonLine } from './mutate-configs/json-line.ts';

// node scripts/referee.ts CASES.jsonl                           what the real Triton rules of each case, a JSON line each
// node scripts/referee.ts CASES.jsonl --flags "--log-verbose=1"  with these flags instead of the usual ones
//
// A case is {"id", "model", "files"}; a file's content is a string, or {"base64": "..."} where it is not text.

type Line = { readonly id: string; readonly model: string; readonly files: Readonly<Record<string, string | { readonly base64: string }>> };

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ args: argumentsGiven(), options: { flags: { type: 'string' } }, allowPositionals: true });
  const [path] = positionals;
  if (path === undefined) {
    console.error('usage: node scripts/referee.ts CASES.jsonl [--flags "--disable-auto-complete-config"]');
    return 2;
  }
  const flags = values.flags?.split(/\s+/).filter((flag) => flag !== '');
  const referee = await openReferee(flags ? { flags } : {});
  const began = performance.now();
  const sum = { accept: 0, reject: 0, died: 0 };
  try {
    for (const line of readFileSync(path, 'utf8').split('\n')) {
      if (line.trim() === '') continue;
      const one = caseOf(JSON.parse(line) as Line);
      const ruling = await referee.judge(one);
      sum[ruling.verdict] += 1;
      if (ruling.died) sum.died += 1;
      process.stdout.write(jsonLine({ id: one.id, ...ruling }));
    }
  } finally {
    await referee.close();
  }
  const count = sum.accept + sum.reject;
  const each = ((performance.now() - began) / Math.max(count, 1)).toFixed(1);
  console.error(
    `${count} cases, ${each} ms each: ${sum.accept} accepted, ${sum.reject} rejected, ${sum.died} of them with the server's death`,
  );
  return 0;
}

/** Node's parser takes a value that begins with a dash only after "=". */
function argumentsGiven(): string[] {
  const given = process.argv.slice(2);
  const at = given.indexOf('--flags');
  return at < 0 || at + 1 >= given.length ? given : given.toSpliced(at, 2, `--flags=${given[at + 1]}`);
}

function caseOf({ id, model, files }: Line): Case {
  const contents = Object.entries(files).map(([name, content]) => [
    name,
    typeof content === 'string' ? content : Buffer.from(content.base64, 'base64'),
  ]);
  return { id, model, files: Object.fromEntries(contents) as Case['files'] };
}

process.exitCode = await main();
