import type { Heard } from './pair.ts';
import { type Parting, partings } from './parting.ts';

type Purpose = { readonly because: string; fits(parting: Parting, step: string): boolean };

const bothMatch = ({ mine, real }: Parting, pattern: RegExp): boolean => pattern.test(String(mine)) && pattern.test(String(real));

/** Where the two differ and are to differ, each with its reason and matched as narrowly as can be. */
const purposes: readonly Purpose[] = [
  {
    because: 'of several parameters that are wrong, Triton tells the one that comes first in the order of a hash',
    fits: (parting, step) =>
      step.startsWith('/inference') && bothMatch(parting, /^(invalid value (type )?for '|parameter keys starting with)/),
  },
  {
    because: 'of several tensors that are wrong, Triton tells the one that comes first in the order of a hash',
    fits: (parting) => bothMatch(parting, /^\[request id: [^\]]*\] .*model 'types'/),
  },
  {
    because: 'the generate extension is not served',
    fits: (_, step) => /^"[A-Z]+ \/v2\/models\/[^ ]*\/generate(_stream)?[? ]/.test(step),
  },
];

/** Which differences of an answer are left when those on purpose are taken out. */
export function unintended({ step, mine, real }: Heard): Parting[] {
  return partings(mine, real).filter((parting) => !purposes.some(({ fits }) => fits(parting, step)));
}
