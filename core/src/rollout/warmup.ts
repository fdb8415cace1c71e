import { isKnown } from '../base/facet.ts';
import { type Reason, reason } from '../base/reason.ts';
import type { Ms } from '../base/time.ts';
import { judgeLabels } from '../gates/correctness.ts';
import type { GoldenScore, LoadScore } from '../gates/gate.ts';
import { judgeLoad } from '../gates/load-test.ts';
import { markAll, since } from '../signals/window.ts';
import { stageFrom } from './before-traffic.ts';
import { type Decision, move, orPause, stay } from './decision.ts';
import { done, goBack } from './going-back.ts';
import { enterTraffic } from './in-traffic.ts';
import type { Seen, TrialResult } from './known.ts';
import type { TrialTarget } from '../ports/targets.ts';
import type { ModelState, Warming } from './state.ts';
import { resultOf, type StageTrials, trialsOf } from './trials.ts';

/** How often Warmup is tried before a person has to look. */
const attemptsMax = 4;
/** How long readers may take to show what warm-up sent. */
const readersPatienceMs = 10_000;

type WarmingUp = Warming & { readonly stage: 'warmup' };

/** Warmup: right labels, then a load test within the contract, then readers that show exactly what was sent. */
export function warmed(state: ModelState, rollout: WarmingUp, seen: Seen, now: Ms): Decision {
  const trials = trialsOf(rollout);
  if (!isKnown(seen.trials) || trials === 'none') return orPause(state, rollout, 'the trials are not known', now);
  const { broken, golden, reference, load, referenceLoad } = scoresOf(trials, seen.trials.known);
  if (broken !== 'none') return again(state, rollout, broken.says, seen, now);
  if (golden === 'none' || reference === 'none') return orPause(state, rollout, 'golden requests are under way', now);

  const { facts, candidate, baseline } = rollout;
  const { gates } = facts.policy;
  const labels = judgeLabels(golden.score, reference, gates);
  const evidence: unknown[] = [{ gate: 'correctness', golden: golden.score, reference, rule: gates.correctness, verdict: labels }];
  if (labels.says !== 'pass') return goBack(state, rollout, 'rejected', reason('gate/correctness', labels.because), evidence, now);
  if (load === 'absent') {
    return done(state, rollout, reason('warmup/same-serving', `${labels.because}; the servers stay as they are`), evidence, now);
  }

  if (load === 'none' || referenceLoad === 'none') return orPause(state, rollout, `${labels.because}; the load test is under way`, now);
  const test = judgeLoad(load.score, facts.policy, referenceLoad);
  evidence.push({
    gate: 'load-test',
    score: load.score,
    reference: referenceLoad,
    rule: facts.policy.load,
    attempt: rollout.attempt,
    verdict: test,
  });
  // A hiccup of the machine can spoil one test; not twice, with the baseline's beside it, and not by so much.
  const isRefuted = test.says === 'fail' && (test.isGross || rollout.attempt > 1);
  if (isRefuted) return goBack(state, rollout, 'rejected', reason('gate/load-test', test.because), evidence, now);
  if (test.says !== 'pass') return again(state, rollout, test.because, seen, now);

  const unread = unreadBy(rollout, golden.sent + load.sent, load.score, seen);
  if (unread !== 'none') {
    return now < load.at + readersPatienceMs ? stay(state, reason('warmup/readers', unread)) : again(state, rollout, unread, seen, now);
  }
  const armed = { ...stageFrom(rollout, facts, now), facts, candidate, baseline };
  return enterTraffic(state, { armed, reference, says: `${labels.because}; ${test.because}`, evidence }, now);
}

type Scored<Score> = { readonly score: Score; readonly sent: number; readonly at: Ms };
type Scores = {
  readonly broken: Reason | 'none';
  readonly golden: Scored<GoldenScore> | 'none';
  readonly reference: GoldenScore | 'none' | 'absent';
  readonly load: Scored<LoadScore> | 'none' | 'absent';
  readonly referenceLoad: LoadScore | 'none' | 'absent';
};

/** What came of the trials so far: 'none' when it is not there yet, 'absent' when it was not asked for. */
function scoresOf(trials: StageTrials, results: readonly TrialResult[]): Scores {
  const all = [trials.golden, trials.reference, trials.load, trials.referenceLoad].map((trial) => resultOf(trial, results));
  const broken = all.map((result) => (result !== 'none' && result.outcome.is === 'broken' ? result.outcome.why : 'none'));
  const golden = (trial: TrialTarget | 'none'): Scored<GoldenScore> | 'none' | 'absent' => {
    const result = resultOf(trial, results);
    if (trial === 'none') return 'absent';
    return result !== 'none' && result.outcome.is === 'golden' ? { score: result.outcome.score, sent: result.sent, at: result.at } : 'none';
  };
  const load = (trial: TrialTarget | 'none'): Scored<LoadScore> | 'none' | 'absent' => {
    const result = resultOf(trial, results);
    if (trial === 'none') return 'absent';
    return result !== 'none' && result.outcome.is === 'load' ? { score: result.outcome.score, sent: result.sent, at: result.at } : 'none';
  };
  const [own, reference, referenceLoad] = [golden(trials.golden), golden(trials.reference), load(trials.referenceLoad)];
  return {
    broken: broken.find((why) => why !== 'none') ?? 'none',
    golden: own === 'absent' ? 'none' : own,
    reference: typeof reference === 'string' ? reference : reference.score,
    load: load(trials.load),
    referenceLoad: typeof referenceLoad === 'string' ? referenceLoad : referenceLoad.score,
  };
}

/** Says which reader does not show exactly what warm-up sent to the candidate; gates must not be judged by such a reader. */
function unreadBy(rollout: WarmingUp, sent: number, load: LoadScore, seen: Seen): string | 'none' {
  if (!isKnown(seen.samples)) return `the samples are not known: ${seen.samples.unknown.says}`;
  const { pools } = since(rollout.marks, seen.samples.known, rollout.facts.policy.gates.p99.limitMs);
  const window = pools.get(rollout.candidate.pool);
  if (!window) return 'no reader knows the candidate yet';
  if (window.trials !== sent) return `the gateways show ${window.trials} trial requests to the candidate, ${sent} were sent`;
  const answered = window.succeeded + window.failed - window.probes;
  if (answered > sent || answered < sent - load.errors) return `the servers' metrics show ${answered} requests, ${sent} were sent`;
  return 'none';
}

/** Warm-up from the start, with new trials and new marks; after some attempts it waits for a person. */
function again(state: ModelState, rollout: WarmingUp, why: string, seen: Seen, now: Ms): Decision {
  if (!isKnown(seen.samples)) return orPause(state, rollout, why, now);
  if (isBehind(rollout, seen) && now < rollout.deadline)
    return stay(state, reason('warmup/readers', `${why}; the readers are not up to date yet`));
  if (rollout.attempt >= attemptsMax) return orPause(state, { ...rollout, deadline: now }, `${why}, after ${attemptsMax} attempts`, now);
  const marks = markAll(seen.samples.known, rollout.facts.policy.gates.p99.limitMs);
  const attempt = rollout.attempt + 1;
  return move(
    { ...state, rollout: { ...rollout, ...stageFrom(rollout, rollout.facts, now), attempt, marks } },
    reason('warmup/again', `${why}: warm-up begins again, attempt ${attempt}`),
    [],
  );
}

/** A reader that was read before the last trial ended would count the rest of it as part of the next attempt. */
function isBehind({ candidate }: WarmingUp, { samples, trials }: Seen): boolean {
  if (!isKnown(samples) || !isKnown(trials)) return true;
  const endedAt = Math.max(0, ...trials.known.map(({ at }) => at));
  return samples.known.some((sample) => sample.source === 'server' && sample.pool === candidate.pool && sample.at <= endedAt);
}
