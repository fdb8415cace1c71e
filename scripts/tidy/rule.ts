/** One file of the repository: its path from the root with forward slashes, and its text. */
export type Source = Readonly<{ path: string; text: string }>;

/** Something that should be changed: where, what, and what to do about it. */
export type Finding = Readonly<{ path: string; line: number; says: string; fix: string }>;

/** A rule looks at the whole repository and returns what should be changed. */
export type Rule = Readonly<{ name: string; judge: (sources: readonly Source[]) => Finding[] }>;

/** What a person reads: where, what, and below it what to do. */
export function formatFinding(rule: string, { path, line, says, fix }: Finding): string {
  return `${path}:${line}  ${rule}  ${says}\n    fix: ${fix}`;
}

/** Whether the file is TypeScript of ours. */
export function isCode(path: string): boolean {
  return path.endsWith('.ts') || path.endsWith('.tsx');
}

/** Whether the file is a test, which may do what the code beside it may not. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$/.test(path);
}
