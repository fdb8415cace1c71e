import { Refused } from '../server/refused.ts';

/** Reads one value of a fault, which is undefined where nothing was given. Throws Refused, and says what is wrong with it. */
export type Reader<T> = (value: unknown, name: string) => T;

const bad = (says: string): Refused => new Refused('Invalid argument', says);

export function numberFrom(least: number, most: number): Reader<number> {
  return (value, name) => {
    if (typeof value === 'number' && value >= least && value <= most) return value;
    throw bad(`${name} is not a number from ${least} to ${most}`);
  };
}

export function wholeFrom(least: number, most: number): Reader<number> {
  const number = numberFrom(least, most);
  return (value, name) => {
    if (Number.isInteger(number(value, name))) return value as number;
    throw bad(`${name} is not a whole number`);
  };
}

export function oneOf<const Choices extends readonly (string | boolean)[]>(...choices: Choices): Reader<Choices[number]> {
  return (value, name) => {
    const chosen = choices.find((choice) => choice === value);
    if (chosen !== undefined) return chosen;
    throw bad(`${name} is none of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`);
  };
}

export const textOf: Reader<string> = (value, name) => {
  if (typeof value === 'string' && value !== '') return value;
  throw bad(`${name} is not a text`);
};

export function otherwise<T, Default>(reader: Reader<T>, value: Default): Reader<T | Default> {
  return (given, name) => (given === undefined ? value : reader(given, name));
}

type Shape = Readonly<Record<string, Reader<unknown>>>;

/** An object of these fields and no others. */
export function fieldsOf<S extends Shape>(shape: S): Reader<{ readonly [Name in keyof S]: ReturnType<S[Name]> }> {
  return (value, name) => {
    const given = membersOf(value, name);
    const unknown = Object.keys(given).filter((key) => !Object.hasOwn(shape, key));
    if (unknown.length > 0) throw bad(`${name} has no ${unknown.join(', ')}`);
    const read = Object.entries(shape).map(([key, reader]) => [key, reader(given[key], `${name}.${key}`)]);
    return Object.fromEntries(read) as { readonly [Name in keyof S]: ReturnType<S[Name]> };
  };
}

export function membersOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw bad(`${name} is not an object`);
}
