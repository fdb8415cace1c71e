import type { Heard } from './pair.ts';

type Purpose = { readonly because: string; fits(heard: Heard): boolean };

/** Where the two differ and are to differ, each with its reason and matched as narrowly as can be. */
const purposes: readonly Purpose[] = [];

export const purposeOf = (heard: Heard): string | undefined => purposes.find(({ fits }) => fits(heard))?.because;
