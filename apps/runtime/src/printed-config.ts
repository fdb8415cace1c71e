import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import { modelConfigSchema } from '#core/pbtxt/model-config-schema.ts';

/** The configuration as `GET /v2/models/<model>/config` prints it: every field in the order of the schema, with its default where nothing is said. */
export function printedConfig(config: ModelConfigJson): unknown {
  return printedMessage(config, modelConfigSchema);
}

function printedMessage(value: unknown, schema: DescMessage): Record<string, unknown> {
  const given = (value ?? {}) as Readonly<Record<string, unknown>>;
  const printed: Record<string, unknown> = {};
  for (const field of schema.fields) {
    const text = given[field.name] === undefined ? defaultOf(field) : printedField(given[field.name], field);
    if (text !== undefined) printed[field.name] = text;
  }
  return printed;
}

function printedField(value: unknown, field: DescField): unknown {
  switch (field.fieldKind) {
    case 'message':
      return printedMessage(value, field.message);
    case 'list':
      return field.message ? (value as unknown[]).map((item) => printedMessage(item, field.message)) : value;
    case 'map': {
      const entries = Object.entries(value as Record<string, unknown>);
      return field.message ? Object.fromEntries(entries.map(([key, item]) => [key, printedMessage(item, field.message)])) : value;
    }
    default:
      return value;
  }
}

/** A message and a choice that are not there are not printed; everything else is. */
function defaultOf(field: DescField): unknown {
  if (field.oneof !== undefined) return undefined;
  switch (field.fieldKind) {
    case 'message':
      return undefined;
    case 'list':
      return [];
    case 'map':
      return {};
    case 'enum':
      return field.enum.values[0]?.name;
    case 'scalar':
      return typeof field.getDefaultValue() === 'bigint' ? 0 : (field.getDefaultValue() ?? zeroOf(field.scalar));
  }
}

/** protobuf's scalar types by number: 8 is bool, 9 is string, 12 is bytes; the rest are numbers. */
const zeroOf = (scalar: number): unknown => (scalar === 8 ? false : scalar === 9 || scalar === 12 ? '' : 0);
