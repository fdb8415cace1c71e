import type { GateRules } from '../contract/contract.ts';
import type { Gate, GoldenScore, Verdict } from './gate.ts';

export type CorrectnessState = { readonly golden: GoldenScore | 'none'; readonly reference: GoldenScore | 'absent' };

/** Is it a good model? Labels that people gave, in all and per class, against the contract's floors and stable's own score. */
export const correctness: Gate<CorrectnessState> = {
  name: 'correctness',
  begin: { golden: 'none', reference: 'absent' },
  gather: (_, look) => ({ golden: look.golden, reference: look.reference }),
  judge: ({ golden, reference }, rules) =>
    golden === 'none' ? { says: 'continue', because: 'golden requests are under way' } : judgeLabels(golden, reference, rules),
  nextStep: (state) => ({ ...state, golden: 'none' }),
};

/** The same judgement on one score alone, as Warmup makes it before any traffic. */
export function judgeLabels(golden: GoldenScore, reference: GoldenScore | 'absent', { correctness: rule }: GateRules): Verdict {
  const share = golden.cases === 0 ? 0 : golden.right / golden.cases;
  const says = `${golden.right} of ${golden.cases} golden answers have the right label`;
  if (golden.cases === 0) return { says: 'invalid', because: 'the golden set is empty' };
  if (golden.unanswered > golden.cases / 2)
    return { says: 'fail', because: `${golden.unanswered} of ${golden.cases} golden requests got no answer` };
  const worst = Object.entries(golden.perClass)
    .map(([label, { cases, right }]) => ({ label, cases, right, share: cases === 0 ? 1 : right / cases }))
    .sort((a, b) => a.share - b.share)[0];
  if (worst && worst.share < rule.perClass) {
    return {
      says: 'fail',
      because: `${says}; of label ${worst.label} only ${worst.right} of ${worst.cases} (at least ${asked(rule.perClass)} asked)`,
    };
  }
  if (share < rule.accuracy) return { says: 'fail', because: `${says} (at least ${asked(rule.accuracy)} asked)` };
  if (reference !== 'absent' && reference.cases > 0 && share < reference.right / reference.cases - rule.worseThanStable) {
    return { says: 'fail', because: `${says}; stable has ${reference.right} of ${reference.cases}` };
  }
  return { says: 'pass', because: reference === 'absent' ? says : `${says}, stable ${reference.right} of ${reference.cases}` };
}

function asked(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}
