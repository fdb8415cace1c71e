import { assert } from '../base/fault.ts';
import { enumTable, messageTable } from './fields.ts';

export type ScalarType = 'string' | 'bool' | 'int32' | 'int64' | 'uint32' | 'uint64' | 'float' | 'double';

export type EnumSchema = {
  readonly kind: 'enum';
  readonly name: string;
  readonly numbers: ReadonlyMap<string, number>;
  readonly symbols: readonly string[];
};

export type FieldSchema = {
  readonly name: string;
  readonly number: number;
  readonly type: ScalarType | EnumSchema | MessageSchema;
  /** Plain values come once; a map is written as a list of entries with key and value. */
  readonly repeats: 'once' | 'list' | 'map';
  readonly oneof?: string;
  /** The first server version that knows it, such as 2.62. */
  readonly since?: string;
};

export type MessageSchema = { readonly kind: 'message'; readonly name: string; readonly fields: ReadonlyMap<string, FieldSchema> };

/** Triton's schema of config.pbtxt. */
export const configSchema: MessageSchema = build();

export function isMessage(type: FieldSchema['type']): type is MessageSchema {
  return typeof type === 'object' && type.kind === 'message';
}

export function isEnum(type: FieldSchema['type']): type is EnumSchema {
  return typeof type === 'object' && type.kind === 'enum';
}

/** Every message below one, itself first. */
export function messagesBelow(schema: MessageSchema, seen = new Map<string, MessageSchema>()): ReadonlyMap<string, MessageSchema> {
  if (seen.has(schema.name)) return seen;
  seen.set(schema.name, schema);
  for (const { type } of schema.fields.values()) if (isMessage(type)) messagesBelow(type, seen);
  return seen;
}

type Types = { readonly enums: ReadonlyMap<string, EnumSchema>; readonly messages: ReadonlyMap<string, MessageSchema> };

function build(): MessageSchema {
  const enums = new Map(
    enumTable
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf(':')), enumFrom(line)]),
  );
  const paragraphs = messageTable
    .trim()
    .split(/\n(?! )/)
    .map((paragraph) => paragraph.split('\n'));
  const fields = new Map(paragraphs.map(([name = '']) => [name, new Map<string, FieldSchema>()]));
  const messages = new Map([...fields].map(([name, map]) => [name, { kind: 'message', name, fields: map } as const]));
  for (const [name = '', ...lines] of paragraphs) {
    for (const line of lines) {
      const field = fieldFrom(line.trim(), { enums, messages }, name);
      fields.get(name)?.set(field.name, field);
    }
  }
  const config = messages.get('ModelConfig');
  assert(config, 'the table of config.pbtxt holds no ModelConfig');
  return config;
}

function enumFrom(line: string): EnumSchema {
  const [name = '', symbols = ''] = line.split(': ');
  const pairs = symbols
    .split(' ')
    .map((one) => one.split('='))
    .map(([symbol = '', number]) => [symbol, Number(number)] as const);
  return { kind: 'enum', name, numbers: new Map(pairs), symbols: pairs.map(([symbol]) => symbol) };
}

function fieldFrom(line: string, types: Types, owner: string): FieldSchema {
  const match = /^(\d+) (\w+) (repeated )?(map<.*?>|\S+)(?: in (\w+))?(?: since (\S+))?$/.exec(line);
  assert(match, `the table of config.pbtxt has a line that is no field: ${line}`);
  const [, number, name = '', list, written = '', oneof, since] = match;
  const map = /^map<(\w+), (\S+)>$/.exec(written);
  const type = map ? entryOf(owner, name, typeNamed(map[1] ?? '', types), typeNamed(map[2] ?? '', types)) : typeNamed(written, types);
  return {
    name,
    number: Number(number),
    type,
    repeats: map ? 'map' : list ? 'list' : 'once',
    ...(oneof ? { oneof } : {}),
    ...(since ? { since } : {}),
  };
}

function typeNamed(name: string, { enums, messages }: Types): FieldSchema['type'] {
  return enums.get(name) ?? messages.get(name) ?? (name as ScalarType);
}

/** Protobuf writes a map as a list of messages of its own making. */
function entryOf(owner: string, field: string, key: FieldSchema['type'], value: FieldSchema['type']): MessageSchema {
  const name = `${owner}.${field.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Entry`;
  return {
    kind: 'message',
    name,
    fields: new Map([
      ['key', { name: 'key', number: 1, type: key, repeats: 'once' }],
      ['value', { name: 'value', number: 2, type: value, repeats: 'once' }],
    ]),
  };
}
