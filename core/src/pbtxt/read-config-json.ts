import type { ModelConfigJson } from './model-config.ts';
import { isObject, plainConfig } from './plain-config.ts';
import { configSchema, type FieldSchema, isEnum, isMessage, type MessageSchema } from './schema.ts';

/** A configuration, or what is wrong with it in the words of protobuf's JSON reader. */
export type ReadConfigJson = { readonly config: ModelConfigJson } | { readonly says: string };

/**
 * Reads a configuration as protobuf's JSON mapping has it, which is how a load overrides config.pbtxt: names in snake_case or camelCase,
 * enums by symbol in any case or by number, integers also as text. Unknown fields are refused.
 */
export function readConfigJson(text: string, triton: { readonly major: number; readonly minor: number }): ReadConfigJson {
  try {
    const json: unknown = JSON.parse(text);
    if (!isObject(json)) return { says: 'Root element must be a message.' };
    const isKnown = (since: string): boolean => {
      const [major = 0, minor = 0] = since.split('.').map(Number);
      return triton.major > major || (triton.major === major && triton.minor >= minor);
    };
    return { config: plainConfig(messageOf(json, configSchema, { path: '', isKnown })) };
  } catch (thrown) {
    return {
      says: thrown instanceof Mistake ? thrown.message : `it is no JSON: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    };
  }
}

class Mistake extends Error {}

type Where = { readonly path: string; readonly isKnown: (since: string) => boolean };

function messageOf(json: Readonly<Record<string, unknown>>, { fields }: MessageSchema, where: Where): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(json)) {
    const field = fields.get(name) ?? [...fields.values()].find((one) => camelCased(one.name) === name);
    if (!field || (field.since !== undefined && !where.isKnown(field.since))) throw new Mistake(`${where.path}${name}: Cannot find field.`);
    if (value === null) continue;
    message[field.name] = fieldOf(value, field, { ...where, path: `${where.path}${name}` });
  }
  return message;
}

function fieldOf(value: unknown, { type, repeats }: FieldSchema, where: Where): unknown {
  switch (repeats) {
    case 'once':
      return valueOf(value, type, where);
    case 'list':
      if (!Array.isArray(value)) return [valueOf(value, type, where)];
      return value.map((item: unknown, index) => valueOf(item, type, { ...where, path: `${where.path}[${index}]` }));
    case 'map': {
      if (!isObject(value)) throw new Mistake(`${where.path}: expected an object for map`);
      const of = isMessage(type) ? type.fields.get('value')?.type : undefined;
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, of ? valueOf(item, of, { ...where, path: `${where.path}.${key}` }) : item]),
      );
    }
  }
}

function valueOf(value: unknown, type: FieldSchema['type'], where: Where): unknown {
  if (isMessage(type)) {
    if (!isObject(value)) throw new Mistake(`${where.path}: expected an object for ${type.name}`);
    return messageOf(value, type, { ...where, path: `${where.path}.` });
  }
  if (isEnum(type)) {
    const symbol = typeof value === 'string' ? type.symbols.find((one) => one === value.toUpperCase()) : undefined;
    if (symbol !== undefined) return symbol;
    if (typeof value === 'number' && Number.isInteger(value)) return value;
    throw new Mistake(`${where.path}: invalid value ${JSON.stringify(value)} for type ${type.name}`);
  }
  switch (type) {
    case 'string':
      return typeof value === 'string' ? value : wrong(value, type, where);
    case 'bool':
      return value === true || value === 'true' ? true : value === false || value === 'false' ? false : wrong(value, type, where);
    case 'float':
    case 'double':
      return typeof value === 'number' || (typeof value === 'string' && !Number.isNaN(Number(value)))
        ? Number(value)
        : wrong(value, type, where);
    case 'int32':
    case 'int64':
      return /^-?\d+$/.test(String(value)) ? numberOf(value) : wrong(value, type, where);
    case 'uint32':
    case 'uint64':
      return /^\d+$/.test(String(value)) ? numberOf(value) : wrong(value, type, where);
  }
}

/** As text where a number would lose digits. */
const numberOf = (value: unknown): number | string => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value));

function wrong(value: unknown, type: string, { path }: Where): never {
  throw new Mistake(`${path}: invalid value ${JSON.stringify(value)} for type TYPE_${type.toUpperCase()}`);
}

const camelCased = (name: string): string => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
