import type { Finding } from '../base/finding.ts';

/** A finding that knows no place yet, or what is missing for one. */
export type Verdict = Omit<Finding, 'place'> | { readonly needs: string };
