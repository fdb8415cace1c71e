/** Where a finding is: a file, and line and column (from 1) when they are known. */
export type Place = { readonly file: string; readonly line?: number; readonly column?: number };

/** Something that a person should change. A value, never thrown. */
export type Finding = {
  readonly code: `${string}/${string}`;
  readonly severity: 'error' | 'warning';
  readonly place: Place;
  readonly says: string;
  readonly fix?: string;
  /** What Triton itself says of it, in its words, where `says` has others. */
  readonly triton?: string;
};

export function hasError(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === 'error');
}

/** One or two lines for people, in the form that editors and terminals link to. */
export function formatFinding({ place, severity, code, says, fix }: Finding): string {
  const where = [visible(place.file), place.line, place.column].filter((part) => part !== undefined).join(':');
  return `${where}  ${severity}  ${code}  ${visible(says)}${fix ? `\n    fix: ${visible(fix)}` : ''}`;
}

/** A text that came from elsewhere, fit for a terminal: nothing in it moves the cursor or changes colours, and it has an end. */
export function visible(text: string): string {
  const cut = text.length > longestShown ? `${text.slice(0, longestShown)}… (${text.length} characters)` : text;
  return cut.replace(/\p{Cc}/gu, (character) =>
    character === '\n' ? character : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

const longestShown = 2000;
