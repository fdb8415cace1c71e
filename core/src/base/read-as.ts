import { isMap, LineCounter, type ParsedNode, parseDocument } from 'yaml';
import { z } from 'zod';
import { wordsOf } from './fault.ts';
import type { Finding, Place } from './finding.ts';
import { nearest } from './nearest.ts';

/** What a text is read as: its shape, and the first half of the codes of its findings. */
export type Shape<T> = { readonly topic: string; readonly schema: z.ZodType<T> };

/** Reads YAML as a typed value, or says at which line and column it is not one. */
export function readYamlAs<T>(shape: Shape<T>, text: string, file: string): { value: T } | { findings: Finding[] } {
  const source = yamlSource(text, file);
  if (source.findings.length > 0) return { findings: source.findings };
  return check(shape, source.value, source);
}

/** As for YAML. JSON is YAML too, so the slow parser that knows positions is asked only when something is wrong. */
export function readJsonAs<T>(shape: Shape<T>, text: string, file: string): { value: T } | { findings: Finding[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    return { findings: [notJson(wordsOf(thrown), file)] };
  }
  const read = check(shape, value, { file, locate: () => ({ file }) });
  return 'value' in read ? read : check(shape, value, yamlSource(text, file));
}

/** `locate` finds the value at a path, or as much of the way as there is; with `key`, the key itself. */
type Source = { readonly file: string; readonly locate: (path: readonly PropertyKey[], key?: PropertyKey) => Place };

function yamlSource(text: string, file: string): Source & { findings: Finding[]; value: unknown } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const locate: Source['locate'] = (path, key) => {
    for (let depth = path.length; depth >= 0; depth -= 1) {
      const node = document.getIn(path.slice(0, depth), true) as ParsedNode | undefined;
      const pair =
        key !== undefined && depth === path.length && isMap(node) ? node.items.find((item) => nameOf(item.key) === key) : undefined;
      const start = pair?.key?.range?.[0] ?? node?.range?.[0];
      if (start !== undefined) return at(start);
    }
    return { file };
  };
  const findings = document.errors.map(({ message, pos }) => notYaml(message.replace(/ at line \d+, column \d+:[^]*$/, ''), at(pos[0])));
  if (findings.length > 0) return { file, locate, findings, value: undefined };
  try {
    return { file, locate, findings, value: document.toJS({ maxAliasCount: 100 }) as unknown };
  } catch (thrown) {
    return { file, locate, findings: [notYaml(wordsOf(thrown), { file })], value: undefined };
  }
}

const nameOf = (key: unknown): unknown => (typeof key === 'object' && key !== null && 'value' in key ? key.value : key);

const notYaml = (says: string, place: Place): Finding => ({ code: 'yaml/syntax', severity: 'error', place, says });

function notJson(words: string, file: string): Finding {
  const [, line, column] = /line (\d+) column (\d+)/.exec(words) ?? [];
  const place = line && column ? { file, line: Number(line), column: Number(column) } : { file };
  return { code: 'json/syntax', severity: 'error', place, says: words.replace(/ \(line \d+ column \d+\)/, '') };
}

function check<T>({ topic, schema }: Shape<T>, value: unknown, source: Source): { value: T } | { findings: Finding[] } {
  if (value === null)
    return { findings: [{ code: `${topic}/empty`, severity: 'error', place: { file: source.file }, says: 'the file says nothing' }] };
  const result = schema.safeParse(value);
  if (result.success) return { value: result.data };
  return { findings: result.error.issues.flatMap((issue) => toFindings(issue, [], { topic, schema, value, source })) };
}

type Context = { readonly topic: string; readonly schema: z.ZodType; readonly value: unknown; readonly source: Source };

function toFindings(issue: z.core.$ZodIssue, above: readonly PropertyKey[], context: Context): Finding[] {
  const path = [...above, ...issue.path];
  const { topic, value, source } = context;
  const finding = (code: string, place: Place, says: string, fix?: string): Finding => ({
    code: `${topic}/${code}`,
    severity: 'error',
    place,
    says,
    ...(fix ? { fix } : {}),
  });
  const name = pathName(path);

  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(context.schema, path);
    return issue.keys.map((key) => {
      const near = nearest(key, known);
      const fix = near ? `did you mean "${near}"?` : `known here: ${known.join(', ')}`;
      return finding(
        'unknown-field',
        source.locate(path, key),
        `"${pathName([...path, key])}" is not a field`,
        known.length > 0 ? fix : undefined,
      );
    });
  }
  const got = path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown> | undefined)?.[key], value);
  if (got === undefined) return [finding('missing-field', source.locate(path), `"${name}" is missing`)];
  if (issue.code === 'invalid_union') {
    // Of the choices, the one that got further says more than "none of these".
    const further = issue.errors.find((issues) => issues.some((inner) => inner.path.length > 0));
    if (further) return further.flatMap((inner) => toFindings(inner, path, context));
  }
  const options = issue.code === 'invalid_value' ? issue.values.map(String) : [];
  const near = typeof got === 'string' ? nearest(got, options) : undefined;
  const says = options.length > 0 ? `${shown(got)} is not one of: ${options.join(', ')}` : issue.message;
  return [finding('invalid-value', source.locate(path), name ? `${name}: ${says}` : says, near ? `did you mean "${near}"?` : undefined)];
}

/** a.b[0].c */
function pathName(path: readonly PropertyKey[]): string {
  return path.map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`)).join('');
}

/** A value for a sentence, cut to a length that leaves the sentence readable. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let here: unknown = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
  for (const key of path)
    here = choices(here)
      .map((choice) => (typeof key === 'number' ? choice.items : choice.properties?.[key]))
      .find(Boolean);
  return choices(here).flatMap((choice) => Object.keys(choice.properties ?? {}));
}

type JsonSchema = { readonly properties?: Record<PropertyKey, unknown>; readonly items?: unknown; readonly anyOf?: readonly unknown[] };

function choices(schema: unknown): JsonSchema[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const here = schema as JsonSchema;
  return [here, ...(here.anyOf ?? []).flatMap(choices)];
}
