import type { Reason } from './reason.ts';
import type { Ms } from './time.ts';

/** One view of the world: known as of a time, or unknown and why. Unknown is never treated as empty or zero. */
export type Facet<T> = { readonly known: T; readonly at: Ms } | { readonly unknown: Reason; readonly since: Ms };

export function isKnown<T>(facet: Facet<T>): facet is { readonly known: T; readonly at: Ms } {
  return 'known' in facet;
}

export function known<T>(value: T, at: Ms): Facet<T> {
  return { known: value, at };
}

export function unknown<T>(why: Reason, since: Ms): Facet<T> {
  return { unknown: why, since };
}
