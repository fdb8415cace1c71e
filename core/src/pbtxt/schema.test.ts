import { deepStrictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { modelConfigSchema } from './model-config-schema.ts';
import { configSchema, type FieldSchema, isEnum, isMessage, type MessageSchema } from './schema.ts';

const scalars: Readonly<Record<number, string>> = {
  1: 'double',
  2: 'float',
  3: 'int64',
  4: 'uint64',
  5: 'int32',
  8: 'bool',
  9: 'string',
  13: 'uint32',
};

type Row = readonly [name: string, number: number, type: string, repeats: string, oneof: string | undefined];

test("our table of config.pbtxt is NVIDIA's descriptor, field by field, in its order", () => {
  const theirs = new Map<string, unknown>();
  describe(modelConfigSchema, theirs);
  const ours = new Map<string, unknown>();
  tell(configSchema, ours);
  deepStrictEqual(ours, theirs);
});

function describe(message: DescMessage, rows: Map<string, unknown>): void {
  const name = message.typeName.replace('inference.', '');
  if (rows.has(name)) return;
  rows.set(name, []);
  const mine = message.fields.map((field): Row => {
    if (field.message) describe(field.message, rows);
    if (field.enum)
      rows.set(
        field.enum.typeName.replace('inference.', ''),
        field.enum.values.map((value) => [value.name, value.number]),
      );
    const repeats = field.fieldKind === 'map' ? 'map' : field.fieldKind === 'list' ? 'list' : 'once';
    return [field.name, field.number, typeOf(field), repeats, field.oneof?.name];
  });
  rows.set(name, mine);
}

function typeOf(field: DescField): string {
  const value = field.message?.typeName ?? field.enum?.typeName ?? scalars[field.scalar as number] ?? '?';
  const plain = value.replace('inference.', '');
  return field.fieldKind === 'map' ? `${scalars[field.mapKey]}: ${plain}` : plain;
}

function tell(message: MessageSchema, rows: Map<string, unknown>): void {
  if (rows.has(message.name)) return;
  rows.set(message.name, []);
  const named = (type: FieldSchema['type'] | undefined): string => (typeof type === 'object' ? type.name : String(type));
  const mine = [...message.fields.values()].map(({ name, number, type, repeats, oneof }): Row => {
    const entry = repeats === 'map' && isMessage(type) ? type.fields : undefined;
    const held = entry ? (entry.get('value')?.type ?? 'string') : type;
    if (isMessage(held)) tell(held, rows);
    if (isEnum(held)) rows.set(held.name, [...held.numbers]);
    return [name, number, entry ? `${named(entry.get('key')?.type)}: ${named(held)}` : named(held), repeats, oneof];
  });
  rows.set(message.name, mine);
}
