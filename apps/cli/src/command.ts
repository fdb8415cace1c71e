import { resolve } from 'node:path';
import { isModelName, type ModelName } from '#core/base/names.ts';
import { formatDuration, type Ms, parseDuration } from '#core/base/time.ts';
import type { Terminal } from './terminal.ts';

/** One thing that a command takes. Flag, help and value all come from here. */
export type Take<T> = {
  /** `arguments` are one or more; `options` may be given again and again. */
  readonly is: 'argument' | 'arguments' | 'option' | 'options' | 'switch';
  /** How its value is written: MODEL, FOLDER. */
  readonly shape: string;
  readonly says: string;
  /** What is read when nothing was typed; without one, something has to be. */
  readonly otherwise?: string;
  /** Environment variable that gives it too. */
  readonly env?: string;
  /** Throws a BadValue. Of several arguments or options, `all` are all. */
  read(typed: string, all: readonly string[]): T;
};

/** What a person typed is not what a command takes; the words say what would be. */
export class BadValue extends Error {
  override readonly name = 'BadValue';
}

/** 0: fine. 1: what was asked failed, or there are findings with errors. 2: it could not be asked like this, or could not be looked at. */
export type ExitCode = 0 | 1 | 2;

type Takes = Readonly<Record<string, Take<unknown>>>;
type Taken<T extends Takes> = { readonly [Name in keyof T]: T[Name] extends Take<infer Value> ? Value : never };
export type Typed = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A command as the program sees it: `run` gets the texts that were typed, by name. */
export type Spec = {
  readonly name: string;
  readonly says: string;
  /** What a person should know before using it. */
  readonly more: string;
  readonly example: string;
  readonly takes: Takes;
  run(typed: Typed, terminal: Terminal): Promise<ExitCode>;
  /** A command that is another program's: what is typed after its name is handed over as it stands, `--help` too, and it does not return. */
  readonly hand?: (typed: readonly string[]) => never;
};

/** Commands under one name: `conch rollout watch`. */
export type Family = { readonly name: string; readonly says: string; readonly commands: readonly Spec[] };

/** Declares a command: what it takes decides what `run` gets. */
export function command<T extends Takes>(spec: {
  name: string;
  says: string;
  more?: string;
  example: string;
  takes: T;
  run(taken: AllTaken<T>, terminal: Terminal): Promise<ExitCode>;
}): Spec {
  // Its own come first, and may say something else about a shared one.
  const takes = { ...spec.takes, ...shared, ...spec.takes };
  return {
    ...spec,
    more: spec.more ?? '',
    takes,
    run: (typed, terminal) => {
      const values = Object.entries(takes).map(([name, take]) => [name, valueOf(name, take, typed[name])] as const);
      return spec.run(Object.fromEntries(values) as AllTaken<T>, terminal);
    },
  };
}

/** Declares a command that hands over to another program. */
export function passingOn(spec: {
  name: string;
  says: string;
  shape: string;
  example: string;
  hand: (typed: readonly string[]) => never;
}): Spec {
  const { shape, ...rest } = spec;
  const takes = { all: { ...severalArguments(shape, 'Handed over as they stand; --help tells them'), otherwise: '' } };
  return { ...rest, more: '', takes, run: () => spec.hand([]) };
}

/** What a command takes itself outranks what every command takes. */
type AllTaken<T extends Takes> = Taken<T> & Omit<Taken<typeof shared>, keyof T>;

function valueOf(name: string, take: Take<unknown>, typed: Typed[string]): unknown {
  const all = typeof typed === 'string' ? [typed] : (typed ?? (take.otherwise === undefined ? [] : [take.otherwise]));
  try {
    return take.read(all[0] ?? '', all);
  } catch (thrown) {
    if (!(thrown instanceof BadValue)) throw thrown;
    throw new BadValue(`${isArgument(take) ? take.shape : `--${flagOf(name)}`}: ${thrown.message}`);
  }
}

export const isArgument = ({ is }: Take<unknown>): boolean => is === 'argument' || is === 'arguments';

/** waitMax → wait-max */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

export function argument(shape: string, says: string): Take<string> {
  return { is: 'argument', shape, says, read: (typed) => typed };
}

/** One or more of them. */
export function severalArguments(shape: string, says: string): Take<readonly string[]> {
  return { is: 'arguments', shape, says, read: (_, all) => all };
}

export function maybeArgument(shape: string, says: string): Take<string> {
  return { ...argument(shape, says), otherwise: '' };
}

export function modelArgument(says: string): Take<ModelName> {
  return { is: 'argument', shape: 'MODEL', says, read: readModel };
}

export function maybeModel(says: string): Take<ModelName | 'all'> {
  return { is: 'argument', shape: 'MODEL', says, otherwise: '', read: (typed) => (typed === '' ? 'all' : readModel(typed)) };
}

export function folderOption(says: string, otherwise: string, env?: string): Take<string> {
  return { is: 'option', shape: 'FOLDER', says, otherwise, ...(env ? { env } : {}), read: (typed) => resolve(typed) };
}

export function textOption(shape: string, says: string, otherwise: string): Take<string> {
  return { is: 'option', shape, says, otherwise, read: (typed) => typed };
}

/** An option that may be given several times; each is read by itself. */
export function severalOptions<T>(shape: string, says: string, readOne: (typed: string) => T): Take<readonly T[]> {
  return { is: 'options', shape, says, otherwise: '', read: (_, all) => all.filter((typed) => typed !== '').map(readOne) };
}

/** A whole number, or what it is called when none is given. */
export function maybeWholeOption<N extends string>(
  shape: string,
  says: string,
  { nothing, min, max }: { nothing: N; min: number; max: number },
): Take<number | N> {
  const { read } = wholeOption(shape, says, { otherwise: min, min, max });
  return { is: 'option', shape, says, otherwise: '', read: (typed) => (typed === '' ? nothing : read(typed, [typed])) };
}

export function wholeOption(
  shape: string,
  says: string,
  { otherwise, min, max }: { otherwise: number; min: number; max: number },
): Take<number> {
  const read = (typed: string): number => {
    const value = /^\d+$/.test(typed) ? Number(typed) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw new BadValue(`'${typed}' is not a whole number from ${min} to ${max}`);
  };
  return { is: 'option', shape, says, otherwise: String(otherwise), read };
}

export function durationOption(says: string, { otherwise, minMs, maxMs }: { otherwise: string; minMs: Ms; maxMs: Ms }): Take<Ms> {
  const read = (typed: string): Ms => {
    const value = parseDuration(typed);
    if (value !== undefined && value >= minMs && value <= maxMs) return value;
    throw new BadValue(`'${typed}' is not a time from ${formatDuration(minMs)} to ${formatDuration(maxMs)}, as 800ms, 5s or 2m`);
  };
  return { is: 'option', shape: 'TIME', says, otherwise, read };
}

export function choiceOption<C extends string>(choices: readonly C[], says: string, otherwise: C, env?: string): Take<C> {
  const read = (typed: string): C => {
    const chosen = choices.find((one) => one === typed);
    if (chosen === undefined) throw new BadValue(`'${typed}' is not one of: ${choices.join(', ')}`);
    return chosen;
  };
  return { is: 'option', shape: choices.join('|'), says, otherwise, ...(env ? { env } : {}), read };
}

export function toggle(says: string): Take<boolean> {
  return { is: 'switch', shape: '', says, otherwise: 'no', read: (typed) => typed === 'yes' };
}

/** What every command takes. */
const shared = {
  home: folderOption('Where all state lives', '.conch', 'CONCH_HOME'),
  output: choiceOption(['text', 'json'], 'Lines for people, or JSON for programs', 'text', 'CONCH_OUTPUT'),
};

function readModel(typed: string): ModelName {
  if (isModelName(typed)) return typed;
  throw new BadValue(`'${typed}' cannot be a model's name: letters, digits, "_", "-" and "." only`);
}
