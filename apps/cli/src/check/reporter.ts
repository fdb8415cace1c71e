import type { FinishedReport } from '#core/check/finish.ts';
import type { TextChange } from '#core/pbtxt/fix-text.ts';

/** A path, or a model, that could not be looked at. */
export type Unlooked = { readonly path: string; readonly says: string; readonly fix: string };

/** What was mended in a file. */
export type Mended = { readonly file: string; readonly changes: readonly TextChange[] };

/** What a check came to, when all models were looked at. */
export type Summary = {
  /** What was judged for, in words and for programs. */
  readonly target: { readonly says: string; readonly values: Readonly<Record<string, unknown>> };
  readonly counts: Counts;
  readonly unlooked: readonly Unlooked[];
};

export type Counts = {
  readonly accepted: number;
  readonly rejected: number;
  readonly unknown: number;
  readonly errors: number;
  readonly warnings: number;
  readonly silenced: number;
  /** Findings that a baseline knows already. */
  readonly known: number;
  /** Models that were passed over, since nothing changed in them. */
  readonly unchanged: number;
};

/** Turns reports into text, one model at a time, so that thousands need no more memory than one. */
export type Reporter = {
  /** `mended` is told where mending was asked for. */
  begin(mended: readonly Mended[] | 'unasked'): string;
  model(report: FinishedReport): string;
  end(summary: Summary): string;
};
