import { type DescEnum, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import type { ModelConfigJson } from './model-config.ts';
import { modelConfigSchema } from './model-config-schema.ts';

/**
 * One configuration, one JSON: whether it came from a text or from a server's GET config. Defaults go, 64-bit integers become numbers,
 * enums become symbols, floats get the fewest digits that mean the same. What does not fit the schema stays as it is, so that a
 * comparison shows it; a field that the schema does not know goes only when it says nothing (a newer server writes its defaults out).
 */
export function plainConfig(json: unknown): ModelConfigJson {
  return plainMessage(isObject(json) ? json : {}, modelConfigSchema);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function plainMessage(json: Readonly<Record<string, unknown>>, schema: DescMessage): Record<string, unknown> {
  const plain: Record<string, unknown> = {};
  for (const field of schema.fields) {
    const value = plainField(json[field.name], field);
    if (value !== undefined && !(isDefault(value, field) && field.oneof === undefined)) plain[field.name] = value;
  }
  const known = new Set(schema.fields.map((field) => field.name));
  for (const [name, value] of Object.entries(json)) if (!known.has(name) && !isEmpty(value)) plain[name] = value;
  return plain;
}

function plainField(value: unknown, field: DescField): unknown {
  if (value === undefined || value === null) return undefined;
  switch (field.fieldKind) {
    case 'scalar':
      return plainScalar(value, field.scalar);
    case 'enum':
      return plainEnum(value, field.enum);
    case 'message':
      return isObject(value) ? plainMessage(value, field.message) : value;
    case 'list':
      return Array.isArray(value) ? value.map((item: unknown) => plainItem(item, field)) : value;
    case 'map':
      return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainItem(item, field)])) : value;
  }
}

function plainItem(value: unknown, field: DescField & { fieldKind: 'list' | 'map' }): unknown {
  if (field.message) return isObject(value) ? plainMessage(value, field.message) : value;
  if (field.enum) return plainEnum(value, field.enum);
  return plainScalar(value, field.scalar);
}

function plainScalar(value: unknown, type: ScalarType): unknown {
  switch (type) {
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return typeof value === 'string' && Number.isSafeInteger(Number(value)) && value.trim() !== '' ? Number(value) : value;
    case ScalarType.FLOAT:
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

function plainEnum(value: unknown, schema: DescEnum): unknown {
  return typeof value === 'number' ? (schema.value[value]?.name ?? value) : value;
}

function isDefault(value: unknown, field: DescField): boolean {
  if (field.fieldKind === 'message') return false;
  if (field.fieldKind === 'enum') return value === field.enum.values[0]?.name;
  return isEmpty(value);
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isObject(value)) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === 0 || value === '' || value === false;
}
