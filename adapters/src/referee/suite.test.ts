import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { everyExplanation } from '#core/check/explanations.ts';
import type { Conditions } from '#core/model/conditions.ts';
import { ourRuling, refereeConditions } from './our-ruling.ts';
import { sameWords } from './same-words.ts';
import { type Case, missingForReferee, openReferee, type Referee } from './triton-referee.ts';
import { casesEach, casesOf } from './suite/base.ts';
import { deadly, entries } from './suite/entries.ts';

// Every rule against the real tritonserver: CI puts all cases to it, at least twenty refused and twenty taken for each rule; by hand a few of each.

const isCi = process.env.CONCH_CI === '1';
const missing = missingForReferee();
if (missing !== undefined && isCi) throw new Error(`${missing}: CONCH_CI=1 allows no skipping`);
const skip = missing ?? false;
const share = isCi ? casesEach * 2 : 3;

let referee: Referee;
before(async () => {
  if (!skip) referee = await openReferee();
});
after(async () => {
  if (!skip) await referee.close();
});

/** Codes about what only Conch looks at, or that only a compiled backend, a later Triton or another program says. */
const isRefereed = ({ code, severity, unrefereed }: (typeof everyExplanation)[number]): boolean =>
  severity === 'error' && unrefereed === undefined && /^(config|layout|ensemble|warmup)\//.test(code) && !ours.includes(code);

/** What Triton takes or cannot see: ours alone. */
const ours: readonly string[] = ['config/too-long', 'layout/config-unreadable', 'layout/unreadable'];

test('every rule that the real server can be asked about stands in the suite', () => {
  const covered = new Set([
    ...entries.map(({ code }) => code),
    ...deadly.map(({ code }) => code),
    'layout/config-not-completed',
    'layout/dead-link',
    'layout/model-not-unique',
    'layout/stray-folder',
    'config/rate-resource-count',
    'config/rate-resource-kind',
  ]);
  const wanted = everyExplanation.filter(isRefereed).map(({ code }) => code);
  const uncovered = wanted.filter((code) => !covered.has(code) && !agree.test(code));
  deepStrictEqual(uncovered, []);
});

/** Said by the rules about contracts, which stand beside Triton's in these topics. */
const agree = /^layout\/(file-|model-folder|encoding|version-unused)/;

for (const entry of entries) {
  const { bad, good } = casesOf(entry);
  test(`${entry.code}: ${bad.length} refused and ${good.length} taken, as by Triton`, { skip }, async () => {
    ok(bad.length >= casesEach && good.length >= casesEach);
    for (const one of bad.slice(0, share)) await compare(one, entry.code);
    for (const one of good.slice(0, share)) await compare(one, '');
  });
}

for (const { code, piece } of deadly) {
  test(`${code}: the real server dies of it`, { skip }, async () => {
    for (const one of casesOf({ code, bad: [piece], good: [] }).bad.slice(0, 1)) {
      strictEqual(ourRuling(one).code, code);
      strictEqual((await referee.judge(one)).died, true);
    }
  });
}

test('layout/config-not-completed and layout/stray-folder: 41 refused and 20 taken, with auto-complete on, as by Triton', {
  skip,
}, async () => {
  const completing = await openReferee({ flags: ['--exit-on-error=false'] });
  const conditions = { ...refereeConditions, server: { ...refereeConditions.server, autoComplete: true } };
  try {
    const files = ['model.pt', 'model.py', 'model.onnx', 'model.plan', 'model.xml', 'model.savedmodel/x', 'model.graphdef'];
    for (const [index, file] of [...files, ...files, ...files].entries()) {
      const one = { id: `not-completed-bad-${index}`, model: 'm', files: { [`m/${1 + (index % 3)}/${file}`]: 'x' } };
      await compare(one, 'layout/config-not-completed', { by: completing, conditions });
    }
    for (let index = 0; index < Math.min(casesEach, share); index += 1) {
      const inside = [['readme.md'], [], ['a/b'], ['.keep'], ['configs/x.pbtxt'], ['v1/x'], ['01/x']][index % 7] ?? [];
      const files = inside.length === 0 ? { 'm/': '' } : Object.fromEntries(inside.map((path) => [`m/${path}`, String(index)]));
      await compare({ id: `stray-${index}`, model: 'm', files }, 'layout/stray-folder', { by: completing, conditions });
    }
    const { good } = casesOf({ code: 'layout/config-not-completed', bad: [], good: [{}] });
    for (const one of good) await compare(one, '', { by: completing, conditions });
  } finally {
    await completing.close();
  }
});

test('rate limits: 40 refused and 20 taken, on a server that counts executions, as by Triton', { skip }, async () => {
  const flags = [
    '--disable-auto-complete-config',
    '--rate-limit=execution_count',
    '--rate-limit-resource=R1:2',
    '--rate-limit-resource=G:1',
  ];
  const limiting = await openReferee({ flags });
  const rateResources = [
    { name: 'R1', count: 2, device: 'all' },
    { name: 'G', count: 1, device: 'all' },
  ] as const;
  const conditions = { ...refereeConditions, server: { ...refereeConditions.server, rateLimit: true, rateResources } };
  const group = (resources: string) => ({ append: `instance_group { kind: KIND_CPU rate_limiter { ${resources} } }` });
  const counts = {
    code: 'config/rate-resource-count',
    bad: [
      group('resources { name: "R1" count: 3 }'),
      group('resources { name: "none" count: 1 }'),
      group('resources [ { name: "R1" count: 1 }, { name: "R1" count: 9 } ]'),
    ],
    good: [
      group('resources { name: "R1" count: 2 }'),
      group('resources { name: "none" }'),
      group('priority: 2'),
      { append: 'instance_group { kind: KIND_CPU passive: true rate_limiter { resources { name: "R1" count: 9 } } }' },
    ],
  };
  try {
    const { bad, good } = casesOf(counts);
    for (const one of bad.slice(0, share)) await compare(one, counts.code, { by: limiting, conditions });
    for (const one of good.slice(0, share)) await compare(one, '', { by: limiting, conditions });
    // A conflict stays in the server's memory, so these come last, each with a name of its own.
    for (let index = 0; index < Math.min(casesEach, share); index += 1) {
      const resources = `resources { name: "c${index}" global: true } resources { name: "c${index}" }`;
      const [one] = casesOf({ code: 'config/rate-resource-kind', bad: [group(resources)], good: [] }).bad.slice(index);
      if (one) await compare(one, 'config/rate-resource-kind', { by: limiting, conditions });
    }
  } finally {
    await limiting.close();
  }
});

type Around = { readonly by: Referee; readonly conditions: Conditions };

async function compare(
  one: Case,
  code: string,
  { by, conditions }: Around = { by: referee, conditions: refereeConditions },
): Promise<void> {
  const ours = ourRuling(one, conditions);
  const theirs = await by.judge(one);
  const about = `${one.id}\n${String(one.files[`${one.model}/config.pbtxt`])}`;
  strictEqual(ours.code, code, `our first error is another: ${ours.reason}\n${about}`);
  strictEqual(theirs.verdict, code === '' ? 'accept' : 'reject', `Triton says: ${theirs.reason}\n${about}`);
  const reason = theirs.reason.startsWith('failed to read text proto') ? (theirs.text?.says ?? '') : theirs.reason;
  // A race of 2.51: it sometimes dies of what it was about to refuse, without a word.
  if (theirs.died && /^Signal|other side closed/.test(reason)) return;
  ok(code === '' || sameWords(ours.reason, reason), `ours: ${ours.reason}\nTriton: ${reason}\n${about}`);
}
