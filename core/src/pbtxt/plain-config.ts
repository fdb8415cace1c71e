import type { ModelConfigJson } from './model-config.ts';
import { configSchema, type EnumSchema, type FieldSchema, isEnum, isMessage, type MessageSchema } from './schema.ts';

/**
 * One configuration, one JSON: whether it came from a text or from a server's GET config. Defaults go, 64-bit integers become numbers,
 * enums become symbols, floats get the fewest digits that mean the same. What does not fit the schema stays as it is, so that a
 * comparison shows it; a field that the schema does not know goes only when it says nothing (a newer server writes its defaults out).
 */
export function plainConfig(json: unknown): ModelConfigJson {
  return plainMessage(isObject(json) ? json : {}, configSchema);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function plainMessage(json: Readonly<Record<string, unknown>>, { fields }: MessageSchema): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const field of fields.values()) {
    const value = plainField(json[field.name], field);
    if (value !== undefined && !(isDefault(value, field) && field.oneof === undefined)) plain[field.name] = value;
  }
  for (const [name, value] of Object.entries(json)) if (!fields.has(name) && !isEmpty(value)) plain[name] = value;
  return plain;
}

function plainField(value: unknown, field: FieldSchema): unknown {
  if (value === undefined || value === null) return undefined;
  switch (field.repeats) {
    case 'once':
      return plainValue(value, field.type);
    case 'list':
      return Array.isArray(value) ? value.map((item: unknown) => plainValue(item, field.type)) : value;
    case 'map': {
      const type = isMessage(field.type) ? (field.type.fields.get('value')?.type ?? 'string') : field.type;
      return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item, type)])) : value;
    }
  }
}

function plainValue(value: unknown, type: FieldSchema['type']): unknown {
  if (isMessage(type)) return isObject(value) ? plainMessage(value, type) : value;
  if (isEnum(type)) return plainEnum(value, type);
  switch (type) {
    case 'int64':
    case 'uint64':
      return typeof value === 'string' && Number.isSafeInteger(Number(value)) && value.trim() !== '' ? Number(value) : value;
    case 'float':
      return typeof value === 'number' ? shortFloat(value) : value;
    default:
      return value;
  }
}

/** A 32-bit float widened to 64 bits has digits that nobody wrote: 0.1 becomes 0.10000000149011612. */
function shortFloat(value: number): number {
  for (let digits = 1; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

function plainEnum(value: unknown, type: EnumSchema): unknown {
  return typeof value === 'number' ? (type.symbols.find((symbol) => type.numbers.get(symbol) === value) ?? value) : value;
}

function isDefault(value: unknown, { type, repeats }: FieldSchema): boolean {
  if (repeats !== 'once') return isEmpty(value);
  if (isMessage(type)) return false;
  return isEnum(type) ? value === type.symbols[0] : isEmpty(value);
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === 0 || value === '' || value === false;
}
