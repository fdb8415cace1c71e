import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { type Entry, link } from '#core/journal/chain.ts';
import { emptyState } from '#core/rollout/state.ts';
import { rolloutsIn } from './told-rollouts.ts';
import { formatVerified, verifyChains } from './verified-journal.ts';

type Told = readonly [at: number, kind: string, code: Entry['code'], evidence?: unknown];

const [a, b] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`] as const;

/** A chain as control writes it, with just what these tests are about. */
function chainOf(...told: readonly Told[]): Entry[] {
  const entries: Entry[] = [];
  for (const [at, kind, code, evidence] of told) {
    const last = entries.at(-1);
    const head = last ? { seq: last.seq, head: last.digest } : { seq: 0, head: 'none' as const };
    entries.push(
      link('control/digits', head, { at, kind, code, says: `${code} at ${at}`, actor: 'control', evidence: evidence ? [evidence] : [] }),
    );
  }
  return entries;
}

const twoRollouts = chainOf(
  [1000, 'build', 'rollout/begin', { desired: 1, release: a }],
  [1100, 'warmup', 'canary/proven'],
  [4100, 'small-traffic', 'warmup/warmed'],
  [9100, 'expand', 'gate/passed'],
  [11_100, 'expand', 'gate/passed'],
  [12_100, 'full-traffic', 'gate/passed'],
  [16_100, 'full-traffic', 'rollout/done'],
  [20_000, 'build', 'rollout/begin', { desired: 2, release: b }],
  [20_500, 'rejected', 'gate/correctness'],
  [20_600, 'rejected', 'rollout/rejected'],
);

test('a rollout is told by its stages, with the time in each, and its end', () => {
  const [first, second] = rolloutsIn(twoRollouts, 99_000);
  deepStrictEqual(
    [first?.release, first?.end, first?.stages],
    [
      a,
      'done',
      [
        { stage: 'build', ms: 100 },
        { stage: 'warmup', ms: 3000 },
        { stage: 'small-traffic', ms: 5000 },
        { stage: 'expand', ms: 3000 },
        { stage: 'full-traffic', ms: 4000 },
      ],
    ],
  );
  deepStrictEqual([second?.desired, second?.end, second?.ended], [2, 'rejected', 20_600]);
});

test('why it ended is what turned it, not what closed it', () => {
  deepStrictEqual(
    rolloutsIn(twoRollouts, 99_000).map(({ why }) => why.code),
    ['rollout/done', 'gate/correctness'],
  );
});

test('one that is under way lasts until now', () => {
  const [one] = rolloutsIn(twoRollouts.slice(0, 2), 5000);
  deepStrictEqual([one?.end, one?.ended, one?.stages.at(-1)], ['under way', 'not yet', { stage: 'warmup', ms: 3900 }]);
});

test('a person who rolls back long after begins a journey of its own', () => {
  const chain = chainOf(
    [1000, 'rollback', 'intervention/rollback', { id: 'x' }],
    [1100, 'previous-good', 'rollback/returned'],
    [1200, 'previous-good', 'rollout/rolled-back'],
  );
  deepStrictEqual(
    rolloutsIn(chain, 9000).map(({ end, why }) => [end, why.code]),
    [['rolled-back', 'intervention/rollback']],
  );
});

test('a whole journal is said to be whole; a changed, missing or cut one is said to be not', () => {
  const state = (seq: number) => ({
    ...emptyState('digits'),
    journal: { seq, head: twoRollouts[seq - 1]?.digest ?? ('none' as const), pending: [] },
  });
  strictEqual(formatVerified(verifyChains(twoRollouts, [state(10)])), '10 entries of 1 writers: every digest and every link is right');
  const [first, ...others] = twoRollouts;
  deepStrictEqual(verifyChains(others, []).faults, ['control/digits: entries 1 to 1 are missing']);
  deepStrictEqual(verifyChains(twoRollouts.slice(0, 8), [state(10)]).faults, [
    'control/digits: entries 9 to 10 were committed and are missing',
  ]);
  const changed = first ? [{ ...first, says: 'nothing of the kind' }, ...others] : [];
  deepStrictEqual(verifyChains(changed, []).faults, ['control/digits 1: its content does not match its digest']);
});
