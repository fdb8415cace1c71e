import { Fault, wordsOf } from '#core/base/fault.ts';
import { reason } from '#core/base/reason.ts';
import type { TrialTarget } from '#core/ports/targets.ts';
import { type Labelled, labelIn, requestOf, scoreOf } from '#core/release/judge-golden.ts';
import type { TrialResult } from '#core/rollout/known.ts';
import type { Trying } from './trials.ts';
import { sideBySide } from './waiting.ts';

/**
 * All golden cases of a release, through a gateway, scored by the labels that people gave. When nothing at all is answered, or no
 * gateway was there to ask, that is no score: the way there is broken, and it says nothing of the candidate.
 */
export async function goldenTrial(trial: TrialTarget, { world, settings, signal, infer }: Trying): Promise<TrialResult['outcome']> {
  const set = await world.artifacts.golden(trial.release);
  const labels: Labelled[] = set.cases.map(() => 'unanswered');
  const faults: Fault[] = [];
  let answers = 0;
  await sideBySide(set.cases, settings.goldenConcurrency, async (golden, index) => {
    if (signal.aborted || (answers === 0 && faults.length >= hopelessAfter)) return;
    let answer = await infer(trial, requestOf(golden));
    // In the beginning a gateway may not have heard of the server yet; nothing was sent, so it may be sent again.
    for (let tries = 1; tries < 4 && answers === 0 && answer instanceof Fault && answer.code === 'triton/no-server'; tries += 1) {
      await world.clock.sleep(settings.trialSettleMs, signal);
      answer = await infer(trial, requestOf(golden));
    }
    if (answer instanceof Fault) faults.push(answer);
    else answers += 1;
    if ('response' in answer) labels[index] = labelIn(set, answer.response);
  });
  const [first] = faults;
  const astray = faults.find(({ code }) => code === 'triton/no-gateway');
  if (astray) return { is: 'broken', why: reason(astray.code, wordsOf(astray)) };
  if (answers === 0) return { is: 'broken', why: reason(first?.code ?? 'trial/empty', first ? wordsOf(first) : 'the golden set is empty') };
  return { is: 'golden', score: scoreOf(set.cases, labels) };
}

/** So many requests without any answer, and the rest is not sent. */
const hopelessAfter = 12;
