import type { ModelConfigJson } from './model-config.ts';
import { isObject } from './plain-config.ts';
import { configSchema, type FieldSchema, isMessage, type MessageSchema } from './schema.ts';
import { writeString } from './strings.ts';

/** What to say beside a field: the way to it, and the comment. */
export type Remarks = ReadonlyMap<string, string>;

/**
 * Writes a configuration as config.pbtxt, in the schema's order, so that reading it gives the same again. `remarks` are comments by path
 * (`dynamic_batching.max_queue_delay_microseconds`), written above the field.
 */
export function printConfig(config: ModelConfigJson, remarks: Remarks = new Map()): string {
  return `${printMessage(config, configSchema, { indent: '', path: '', remarks }).join('\n')}\n`;
}

type Where = { readonly indent: string; readonly path: string; readonly remarks: Remarks };

function printMessage(json: Readonly<Record<string, unknown>>, schema: MessageSchema, where: Where): string[] {
  const lines: string[] = [];
  for (const field of schema.fields.values()) {
    const value = json[field.name];
    if (value === undefined) continue;
    const path = where.path === '' ? field.name : `${where.path}.${field.name}`;
    const remark = where.remarks.get(path);
    if (remark) lines.push(...remark.split('\n').map((line) => `${where.indent}# ${line}`));
    lines.push(...printField(value, field, { ...where, path }));
  }
  return lines;
}

function printField(value: unknown, field: FieldSchema, where: Where): string[] {
  const { name, type, repeats } = field;
  if (repeats === 'map' && isObject(value) && isMessage(type)) {
    const { fields } = type;
    return Object.entries(value).flatMap(([key, item]) => printItem({ key: keyOf(key, fields.get('key')), value: item }, field, where));
  }
  if (repeats === 'list' && Array.isArray(value)) {
    if (isMessage(type)) return value.flatMap((item: unknown) => printItem(item, field, where));
    return [`${where.indent}${name}: [ ${value.map((item: unknown) => printScalar(item, field)).join(', ')} ]`];
  }
  return printItem(value, field, where);
}

const keyOf = (key: string, field: FieldSchema | undefined): string | number => (field?.type === 'string' ? key : Number(key));

function printItem(value: unknown, field: FieldSchema, where: Where): string[] {
  const { name, type } = field;
  if (!isMessage(type)) return [`${where.indent}${name}: ${printScalar(value, field)}`];
  const inside = printMessage(isObject(value) ? value : {}, type, { ...where, indent: `${where.indent}  ` });
  return inside.length === 0 ? [`${where.indent}${name} { }`] : [`${where.indent}${name} {`, ...inside, `${where.indent}}`];
}

function printScalar(value: unknown, { type }: FieldSchema): string {
  if (type === 'string') return writeString(String(value));
  if (value === 'Infinity' || value === '-Infinity' || value === 'NaN') return value.toLowerCase().replace('infinity', 'inf');
  return String(value);
}
