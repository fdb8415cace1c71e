import { ok, strictEqual } from 'node:assert';
import { test } from 'node:test';
import { seeded } from '../base/seeded.ts';
import type { GateRules } from '../contract/contract.ts';
import { beginGates, type GateName, type GateStates, gatherAll, judgeAll } from './all.ts';
import type { ArmLook, LoadScore, Look } from './gate.ts';
import { judgeLoad } from './load-test.ts';

const rules: GateRules = {
  p99: { limitMs: 40, allowed: 0.01, requestsMin: 300 },
  errors: { allowed: 0.005, requestsMin: 300 },
  queue: { limitMs: 10, requestsMin: 300 },
  correctness: { accuracy: 0.85, perClass: 0.6, worseThanStable: 0.03 },
};

const score = (
  right: number,
): { cases: number; right: number; perClass: Record<string, { cases: number; right: number }>; unanswered: number } => ({
  cases: 100,
  right,
  perClass: { '8': { cases: 10, right: Math.min(10, Math.floor(right / 10)) } },
  unanswered: 0,
});

function arm(is: Partial<ArmLook>): ArmLook {
  const requests = is.requests ?? 20;
  return {
    requests,
    errors: 0,
    late: 0,
    succeeded: requests,
    queueMs: requests * 0.5,
    pending: 0,
    serversWanted: 1,
    serversProven: 1,
    restarts: 0,
    ...is,
  };
}

function look(candidate: Partial<ArmLook>, baseline: Partial<ArmLook> | 'absent' = {}, weight = 0.1): Look {
  return {
    ms: 250,
    candidate: arm(candidate),
    baseline: baseline === 'absent' ? 'absent' : arm(baseline),
    stable: baseline === 'absent' ? 'absent' : arm({ requests: 160 }),
    weight,
    golden: score(98),
    reference: score(97),
  };
}

function after(looks: readonly Look[]): GateStates {
  return looks.reduce((states, each) => gatherAll(states, each, rules), beginGates);
}

function says(name: GateName, looks: readonly Look[]): string {
  return judgeAll(after(looks), rules)[name].says;
}

const times = (count: number, each: (index: number) => Look): Look[] => Array.from({ length: count }, (_, index) => each(index));

test('every gate passes a candidate that is as good as its baseline, but none before the minimum count', () => {
  for (const name of Object.keys(beginGates) as GateName[]) {
    strictEqual(
      says(
        name,
        times(20, () => look({})),
      ),
      'pass',
      name,
    );
    if (['p99', 'errors', 'queue'].includes(name))
      strictEqual(
        says(
          name,
          times(14, () => look({})),
        ),
        'continue',
        name,
      );
  }
});

test('a minimum count binds a pass, never a fail', () => {
  strictEqual(
    says(
      'errors',
      times(4, () => look({ requests: 5, errors: 4 })),
    ),
    'fail',
  );
  strictEqual(
    says(
      'p99',
      times(4, () => look({ requests: 5, late: 5 })),
    ),
    'fail',
  );
});

test('what the baseline suffers as well is invalid, neither pass nor fail', () => {
  strictEqual(
    says(
      'p99',
      times(20, () => look({ late: 10 }, { late: 10 })),
    ),
    'invalid',
  );
  strictEqual(
    says(
      'queue',
      times(20, () => look({ queueMs: 20 * 60 }, { queueMs: 20 * 60 })),
    ),
    'invalid',
  );
});

test('a burst that hits the whole machine for half a second fails no candidate that has no baseline; a lasting fault does', () => {
  const burst = times(40, (index) => look({ requests: 100, late: index === 20 || index === 21 ? 100 : 0 }, 'absent', 1));
  for (let end = 1; end <= burst.length; end++) ok(says('p99', burst.slice(0, end)) !== 'fail', `at look ${end}`);
  strictEqual(
    says(
      'p99',
      times(12, () => look({ requests: 100, late: 100 }, 'absent', 1)),
    ),
    'fail',
  );
});

test('one candidate process that stands still for half a second is not failed, though its baseline never did', () => {
  const stall = times(60, (index) => look({ requests: 20, late: index === 12 || index === 13 ? 20 : 0 }));
  for (let end = 1; end <= stall.length; end++) ok(says('p99', stall.slice(0, end)) !== 'fail', `at look ${end}`);
});

test('a stalled queue counts as waiting: requests pending and none finishing', () => {
  strictEqual(
    says(
      'queue',
      times(20, () => look({ requests: 0, succeeded: 0, queueMs: 0, pending: 5 }, {})),
    ),
    'fail',
  );
});

test('a load test that the baseline misses as well, at the same time, says nothing; one that it passes refutes the candidate', () => {
  const load = { rate: 150, requests: 450, arrival: 'poisson' as const, limitMs: 40 };
  const scored = (late: number): LoadScore => ({ sent: 450, errors: 0, late, firstMs: 2, p50Ms: 2, p99Ms: 80, seconds: 3, examples: [] });
  const says = (late: number, baseline: number | 'absent'): string =>
    judgeLoad(scored(late), { load, gates: rules }, baseline === 'absent' ? 'absent' : scored(baseline)).says;
  strictEqual(says(20, 'absent'), 'fail');
  strictEqual(says(20, 18), 'invalid');
  strictEqual(says(60, 2), 'fail');
  strictEqual(says(2, 'absent'), 'pass');
  strictEqual(judgeLoad(scored(450), { load, gates: rules }, 'absent').isGross, true);
  strictEqual(judgeLoad(scored(20), { load, gates: rules }, 'absent').isGross, false);
});

test('labels: below the floor, below it for one class, or clearly worse than stable', () => {
  const golden = (right: number, perClass: number): Look => ({
    ...look({}),
    golden: { ...score(right), perClass: { '8': { cases: 10, right: perClass } } },
  });
  strictEqual(says('correctness', [golden(80, 8)]), 'fail');
  strictEqual(says('correctness', [golden(92, 0)]), 'fail');
  strictEqual(says('correctness', [golden(93, 9)]), 'fail');
  strictEqual(says('correctness', [golden(95, 9)]), 'pass');
  strictEqual(says('correctness', [{ ...look({}), golden: 'none' }]), 'continue');
});

test('a server missing for long, or starting again and again, fails readiness; a short gap does not', () => {
  const missing = (count: number): Look[] => times(count, () => look({ serversProven: 0 }));
  strictEqual(says('readiness', missing(8)), 'fail');
  strictEqual(says('readiness', [...missing(4), look({})]), 'pass');
  strictEqual(
    says(
      'readiness',
      times(3, () => look({ restarts: 1 })),
    ),
    'fail',
  );
});

test('a split that is not the intended one makes the evidence invalid', () => {
  strictEqual(
    says(
      'sample-ratio',
      times(20, () => look({ requests: 80 })),
    ),
    'invalid',
  );
  strictEqual(
    says(
      'sample-ratio',
      times(20, () => look({ requests: 20 })),
    ),
    'pass',
  );
});

/** Looks of 5 requests per arm, each bad with the given chance; until the gate says pass or fail, for at most 3 minutes. */
function fate(seed: number, chance: { candidate: number; baseline: number }): { says: string; looks: number } {
  const roll = seeded(seed);
  const bad = (of: number, share: number): number => Array.from({ length: of }, () => roll()).filter((x) => x < share).length;
  let states = beginGates;
  for (let looks = 1; looks <= 720; looks++) {
    const candidate = { requests: 5, errors: bad(5, chance.candidate), succeeded: 5 };
    const baseline = { requests: 5, errors: bad(5, chance.baseline), succeeded: 5 };
    const stable = arm({ requests: 40, errors: bad(40, chance.baseline) });
    states = gatherAll(states, { ...look(candidate, baseline), stable }, rules);
    const verdict = judgeAll(states, rules).errors;
    if (verdict.says === 'pass' || verdict.says === 'fail') return { says: verdict.says, looks };
  }
  return { says: 'inconclusive', looks: 720 };
}

const fates = (count: number, chance: { candidate: number; baseline: number }): Record<string, number> => {
  const counts: Record<string, number> = { pass: 0, fail: 0, inconclusive: 0 };
  for (let seed = 1; seed <= count; seed++) {
    const end = fate(seed, chance).says;
    counts[end] = (counts[end] ?? 0) + 1;
  }
  return counts;
};

test('simulated: of 400 healthy candidates with 0.2 % errors in both arms at most 1 % are failed, and nearly all pass', () => {
  const ends = fates(400, { candidate: 0.002, baseline: 0.002 });
  ok((ends['fail'] ?? 0) <= 4, JSON.stringify(ends));
  ok((ends['pass'] ?? 0) >= 390, JSON.stringify(ends));
});

test('simulated: of 400 candidates with 3 % errors at most 2 pass, and nine in ten are failed', () => {
  const ends = fates(400, { candidate: 0.03, baseline: 0 });
  ok((ends['pass'] ?? 0) <= 2, JSON.stringify(ends));
  ok((ends['fail'] ?? 0) >= 360, JSON.stringify(ends));
});

test('simulated: fresh servers that are later than the warm stable ones, candidate and baseline alike, get at most 3 of 100 failed', () => {
  let failed = 0;
  for (let seed = 1; seed <= 200; seed++) {
    const roll = seeded(seed);
    const late = (of: number, share: number): Partial<ArmLook> => ({
      requests: of,
      late: Array.from({ length: of }, roll).filter((x) => x < share).length,
    });
    let states = beginGates;
    for (let looks = 1; looks <= 120 && judgeAll(states, rules).p99.says !== 'fail'; looks++) {
      states = gatherAll(states, { ...look(late(12, 0.03), late(12, 0.03)), stable: arm(late(100, 0.002)) }, rules);
    }
    failed += judgeAll(states, rules).p99.says === 'fail' ? 1 : 0;
  }
  ok(failed <= 6, `${failed} of 200`);
});

test('simulated: 30 % errors at 20 requests/s are failed within 1.75 s of looks, nine times in ten', () => {
  const slow = Array.from({ length: 200 }, (_, seed) => fate(seed + 1, { candidate: 0.3, baseline: 0 })).filter(
    ({ says: end, looks }) => end !== 'fail' || looks > 6,
  );
  ok(slow.length <= 20, `${slow.length} of 200 took longer`);
});
