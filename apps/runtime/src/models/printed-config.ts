import { percentG } from '#core/base/percent-g.ts';
import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import { configSchema, type FieldSchema, isEnum, isMessage, type MessageSchema } from '#core/pbtxt/schema.ts';

/** The configuration as `GET /v2/models/<model>/config` prints it: every field in the order of the schema, with its default where nothing is said. */
export function printedConfig(config: ModelConfigJson): unknown {
  return printedMessage(config, configSchema);
}

function printedMessage(value: unknown, schema: MessageSchema): Record<string, unknown> {
  const given = (value ?? {}) as Readonly<Record<string, unknown>>;
  const printed: Record<string, unknown> = {};
  for (const field of schema.fields.values()) {
    if (field.since !== undefined && isLater(field.since)) continue;
    const text = given[field.name] === undefined ? defaultOf(field) : printedField(given[field.name], field);
    if (text !== undefined) printed[field.name] = text;
  }
  return printed;
}

/** A server tells no field that came after it: ours is as 2.51. */
const isLater = (since: string): boolean => Number(since.split('.')[1]) > 51;

function printedField(value: unknown, { type, repeats }: FieldSchema): unknown {
  const printedItem = (item: unknown, of: FieldSchema['type'] | undefined) =>
    of && isMessage(of) ? printedMessage(item, of) : of === 'float' && typeof item === 'number' ? single(item) : item;
  switch (repeats) {
    case 'once':
      return printedItem(value, type);
    case 'list':
      return (value as unknown[]).map((item) => printedItem(item, type));
    case 'map': {
      const of = isMessage(type) ? type.fields.get('value')?.type : undefined;
      return Object.fromEntries(Object.entries(value as Record<string, unknown>).map(([key, item]) => [key, printedItem(item, of)]));
    }
  }
}

/** A float as protobuf writes it: with six digits where they say which one it is, and nine otherwise. */
function single(value: number): number {
  const rounded = Number(percentG(value, 6));
  return Math.fround(rounded) === Math.fround(value) ? rounded : Number(percentG(Math.fround(value), 9));
}

/** A message and a choice that are not there are not printed; everything else is. */
function defaultOf({ type, repeats, oneof }: FieldSchema): unknown {
  if (oneof !== undefined) return undefined;
  if (repeats !== 'once') return repeats === 'list' ? [] : {};
  if (isMessage(type)) return undefined;
  if (isEnum(type)) return type.symbols[0];
  return type === 'bool' ? false : type === 'string' ? '' : 0;
}
