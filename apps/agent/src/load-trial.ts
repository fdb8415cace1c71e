import { Fault, wordsOf } from '#core/base/fault.ts';
import { type Reason, reason } from '#core/base/reason.ts';
import type { Ms } from '#core/base/time.ts';
import type { LoadScore } from '#core/gates/gate.ts';
import type { TrialTarget } from '#core/ports/targets.ts';
import { requestOf } from '#core/release/judge-golden.ts';
import type { TrialResult } from '#core/rollout/known.ts';
import type { Trying } from './trials.ts';

type LoadTarget = Extract<TrialTarget, { kind: 'load' }>;

/** How one request of the test ended; `ms` counts from when it was meant to be sent. */
export type Ended = { readonly ms: Ms; readonly isAnswered: boolean; readonly error: string | 'none' };

/**
 * An open-loop load test: requests go out when they are due, whatever became of those before, and a late start counts as waiting.
 * Never retried. More than so many under way and the next is given up at once: that is overload, and it is counted as such.
 */
export async function loadTrial(trial: LoadTarget, { world, settings, signal, infer }: Trying): Promise<TrialResult['outcome']> {
  const { clock } = world;
  const { cases } = await world.artifacts.golden(trial.release);
  const requests = cases.map(requestOf);
  const began = clock.now();
  const ended: Ended[] = [];
  const underWay = new Set<Promise<void>>();
  let astray: Fault | 'none' = 'none';

  // A quick refusal must not look like a quick answer: who gets none waits as long as anybody would.
  const unanswered = (index: number, due: Ms, error: string): void => {
    ended[index] = { ms: Math.max(clock.now() - due, settings.trialPatienceMs), isAnswered: false, error };
  };
  const send = async (index: number, due: Ms): Promise<void> => {
    const request = requests[index % requests.length];
    if (!request) return;
    const answer = await infer(trial, request);
    if (answer instanceof Fault && answer.code === 'triton/no-gateway') astray = answer;
    if ('response' in answer) ended[index] = { ms: clock.now() - due, isAnswered: true, error: 'none' };
    else unanswered(index, due, answer instanceof Fault ? wordsOf(answer) : `${answer.status}: ${answer.error}`);
  };

  let due = began;
  for (let index = 0; index < trial.requests; index += 1) {
    due += gapMs(trial, world.dice);
    // Even when it is late, the loop lets answers in now and then.
    if (due > clock.now() || index % 32 === 31) await clock.sleep(Math.max(0, due - clock.now()), signal);
    if (signal.aborted) break;
    if (underWay.size >= settings.loadOutstandingMax) {
      unanswered(index, due, `more than ${settings.loadOutstandingMax} requests under way`);
      continue;
    }
    const one: Promise<void> = send(index, due).finally(() => underWay.delete(one));
    underWay.add(one);
  }
  await Promise.all(underWay);
  // What never came to a gateway says nothing of the candidate.
  if (astray !== 'none') return { is: 'broken', why: brokenBy(astray) };
  if (requests.length === 0) return { is: 'broken', why: reason('trial/empty', 'the golden set is empty') };
  return { is: 'load', score: loadScore(ended, { limitMs: trial.limitMs, seconds: (clock.now() - began) / 1000 }) };
}

/** Sums up a test; requests in the order they were due. */
export function loadScore(ended: readonly Ended[], { limitMs, seconds }: { limitMs: Ms; seconds: number }): LoadScore {
  const sorted = ended.map(({ ms }) => ms).sort((a, b) => a - b);
  const quantile = (share: number): Ms => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  const errors = ended.map(({ error }) => error).filter((error) => error !== 'none');
  return {
    sent: ended.length,
    errors: errors.length,
    late: ended.filter(({ ms, isAnswered }) => !isAnswered || ms > limitMs).length,
    firstMs: ended[0]?.ms ?? 0,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    seconds,
    examples: [...new Set(errors)].slice(0, 3),
  };
}

function brokenBy(fault: Fault): Reason {
  return reason(fault.code, wordsOf(fault));
}

function gapMs({ rate, arrival }: LoadTarget, dice: () => number): Ms {
  const mean = 1000 / rate;
  return arrival === 'constant' ? mean : -Math.log(1 - dice()) * mean;
}
