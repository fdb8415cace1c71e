import type { Finding, Place } from '../base/finding.ts';
import { Lines } from './lines.ts';
import type { ModelConfigJson } from './model-config.ts';
import { type MessageNode, nodeAt, type Path, type TextProblem } from './nodes.ts';
import { parseText } from './parse-text.ts';
import { toConfig } from './to-config.ts';

/** A config.pbtxt as it was read: what it means, and where each piece of it stands. */
export type ConfigText = {
  readonly file: string;
  readonly text: string;
  readonly root: MessageNode;
  readonly config: ModelConfigJson;
  /** Errors and warnings about the text itself; with an error, Triton reads no configuration from it. */
  readonly findings: readonly Finding[];
  /** Where a value stands, or the nearest one around it; the whole file when nothing of it is written. */
  at(path: Path): Place;
};

/** More than Triton's largest configurations by far, and little to read. */
const textCharactersMax = 8_000_000;

/** Reads config.pbtxt as Triton does, and says all that is wrong with it, first what Triton says first. */
export function readConfigText(text: string, file: string, isKnown?: (since: string) => boolean): ConfigText {
  const isTooLong = text.length > textCharactersMax;
  const { root, problems } = parseText(isTooLong ? '' : text, isKnown);
  const lines = new Lines(text);
  const findings = problems.map((problem) => findingOf(problem, lines, file));
  if (isTooLong) findings.push(tooLong(file, text.length));
  return {
    file,
    text,
    root,
    // No getter: V8 gives each object with one a shape of its own, and the shape keeps the whole text alive until the next full collection.
    config: toConfig(root),
    findings,
    at: (path) => {
      const node = nodeAt(root, path);
      if (node === 'none') return { file };
      const name = path.at(-1);
      return { file, ...lines.at(typeof name === 'number' || node.field.repeats !== 'list' ? placeOf(node) : node.nameAt) };
    },
  };
}

/** The same for who needs a configuration or nothing: the warnings are left out. */
export function readConfig(text: string, file: string): { config: ModelConfigJson } | { findings: Finding[] } {
  const read = readConfigText(text, file);
  const errors = read.findings.filter(({ severity }) => severity === 'error');
  return errors.length > 0 ? { findings: errors } : { config: read.config };
}

/** A message is met at its name, a plain value at itself. */
function placeOf({ value, valueAt, nameAt }: { value: unknown; valueAt: number; nameAt: number }): number {
  return typeof value === 'object' ? nameAt : valueAt;
}

function findingOf({ code, severity, at, says, fix, triton }: TextProblem, lines: Lines, file: string): Finding {
  return { code, severity, place: { file, ...lines.at(at) }, says, ...(fix ? { fix } : {}), ...(triton ? { triton } : {}) };
}

const tooLong = (file: string, length: number): Finding => ({
  code: 'config/too-long',
  severity: 'error',
  place: { file },
  says: `the file has ${length} characters or more, which no configuration needs, and was not read`,
  fix: `keep it below ${textCharactersMax} characters`,
});
