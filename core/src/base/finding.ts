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
  const where = [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
  return `${where}  ${severity}  ${code}  ${says}${fix ? `\n    fix: ${fix}` : ''}`;
}
