import { unscripted } from '../likeness/unscripted.ts';
import type { Heard } from './pair.ts';
import { type Parting, partings } from './parting.ts';

type Purpose = { readonly because: string; fits(parting: Parting, step: string, real: unknown): boolean };

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
    fits: (parting) => bothMatch(parting, / (for|model) 'types'/),
  },
  {
    because: 'of several tensors that are too many, Triton lists them in the order of a hash',
    fits: ({ mine, real }) => /Got input\(s\) \[/.test(String(mine)) && inOrder(mine) === inOrder(real),
  },
  {
    because: 'a backend that there is none of is followed by what to do',
    fits: ({ mine, real }) => String(mine).replace(/ \(conch-embedded runs ONNX models[^)]*\)/, '') === String(real),
  },
  {
    because: 'a model that its backend does not take: here the backend is a script, which tells where it stood and has no code of its own',
    fits: ({ mine, real }) => unscripted(String(mine)) === unscripted(String(real)),
  },
  {
    because: 'a string that is no UTF-8 is refused by both, in the words of two libraries',
    fits: ({ mine, real }) => /takes strings of valid UTF-8 only/.test(String(mine)) && /UnicodeDecodeError/.test(String(real)),
  },
  {
    because: 'a hit of the response cache on a stream is an error in 2.51, and an answer here',
    fits: ({ path }, _, real) => {
      const [, at = ''] = /^messages\.(\d+)\./.exec(path) ?? [];
      return messagesIn(real)[Number(at)]?.error_message === 'response output count mismatch';
    },
  },
  {
    because: 'a body that is too large by its own word is refused before it comes, and not waited for',
    fits: ({ path }, step) => /^(answers\.\d+|end)/.test(path) && /Content-Length: *\d{9,}/i.test(step),
  },
  {
    because: 'who asks to close and sends more behind an inference that is refused is sometimes still listened to by Triton',
    fits: ({ path, mine }, step) =>
      /Connection: [cC]lose.*\/infer|\/infer.*Connection: [cC]lose/s.test(step.replaceAll('","', '')) &&
      (path === 'end' || mine === undefined),
  },
  {
    because: 'sizes beyond 2^53 lose their last digits',
    fits: ({ mine, real }) => /\d{16}/.test(String(mine)) && String(mine).replace(/\d{16,}/g, '') === String(real).replace(/\d{16,}/g, ''),
  },
  {
    because: 'of shared memory nobody gets more than there is: Triton tells how much was claimed',
    fits: ({ mine, real }, step) =>
      /shared_memory|7368617265645f6d656d6f7279/.test(step) && /got \d{16,}$/.test(String(real)) && withoutGot(mine) === withoutGot(real),
  },
  {
    because: 'of the largest dimension that there can be Triton takes the lowest 32 bits, which are lost here',
    fits: (parting, step) => /ffffffffffffffff7f/.test(step) && bothMatch(parting, /input byte size mismatch for input/),
  },
  {
    because: 'a batch of more than 32 bits wraps around in Triton',
    fits: ({ mine }, step) => /"shape":\[\d{10,}/.test(step.replaceAll('\\', '')) && /expected \d{10,} string elements/.test(String(mine)),
  },
];

/** Which differences of an answer are left when those on purpose are taken out. */
export function unintended({ step, mine, real }: Heard): Parting[] {
  return partings(mine, real).filter((parting) => !purposes.some(({ fits }) => fits(parting, step, real)));
}

const inOrder = (words: unknown): string =>
  String(words)
    .split(/[[\],]/)
    .toSorted()
    .join();
const withoutGot = (words: unknown): string => String(words).replace(/got \d+$/, '');

const messagesIn = (told: unknown): readonly { readonly error_message?: unknown }[] =>
  typeof told === 'object' && told !== null && 'messages' in told && Array.isArray(told.messages) ? told.messages : [];
