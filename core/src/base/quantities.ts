import { z } from 'zod';
import { shown } from './read-as.ts';
import { parseShare, parseSize } from './sizes.ts';
import { parseDuration } from './time.ts';

/** Fields of a file that people write: read as text, given in the unit that the name of our field says. */
export const duration = quantity(
  z.string({ error: ({ input }) => `${shown(input)} is not a duration: ${howDuration}` }),
  parseDuration,
  (input) => `${shown(input)} is not a duration: ${howDuration}`,
);
export const size = quantity(
  z.union([z.string(), z.number()], { error: ({ input }) => `${shown(input)} is not a size: ${howSize}` }),
  (input) => parseSize(String(input)),
  (input) => `${shown(input)} is not a size: ${howSize}`,
);
export const share = quantity(
  z.union([z.string(), z.number()], { error: ({ input }) => `${shown(input)} is not a share: ${howShare}` }),
  (input) => parseShare(String(input)),
  (input) => `${shown(input)} is not a share: ${howShare}`,
);

const howDuration = 'write a number with ms, s, m, h or d, such as 40ms or 10m';
const howSize = 'write a number of bytes, or one with KiB, MiB, GiB, kB, MB or GB, such as 512MiB';
const howShare = 'write a percentage such as 0.5%, or a number from 0 to 1';

function quantity<I extends string | number>(written: z.ZodType<I>, parse: (input: I) => number | undefined, says: (input: I) => string) {
  return written.transform((input, context): number => {
    const value = parse(input);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message: says(input), input });
    return z.NEVER;
  });
}
