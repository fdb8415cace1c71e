import { type FieldNode, isMessageNode, type MessageNode, type Scalar } from './nodes.ts';
import type { ModelConfigJson } from './model-config.ts';
import { type FieldSchema, isEnum, isMessage } from './schema.ts';

/** What a text means, as JSON: what has its default is absent, a message that is there stays, and so does a choice that was made. */
export function toConfig(root: MessageNode): ModelConfigJson {
  return messageOf(root);
}

function messageOf({ fields }: MessageNode): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  for (const node of fields) {
    const { field, value } = node;
    if (field.repeats === 'map') {
      const map = (json[field.name] ??= {}) as Record<string, unknown>;
      const { key, value: mapped } = entryOf(node);
      // A key such as __proto__ is a key like any other.
      Object.defineProperty(map, key, { value: mapped, enumerable: true, configurable: true, writable: true });
    } else if (field.repeats === 'list') {
      const list = (json[field.name] ??= []) as unknown[];
      list.push(valueOf(value));
    } else if (isMessageNode(value)) json[field.name] = messageOf(value);
    else if (field.oneof !== undefined || !isDefaultValue(field, value)) json[field.name] = value;
    else delete json[field.name];
  }
  return json;
}

function valueOf(value: Scalar | MessageNode): unknown {
  return isMessageNode(value) ? messageOf(value) : value;
}

/** Key and value of a map's entry; what is not written has its default. */
function entryOf({ field, value }: FieldNode): { key: string; value: unknown } {
  const written = isMessageNode(value) ? value.fields : [];
  const [key, mapped] = ['key', 'value'].map((name) => written.findLast((node) => node.field.name === name)?.value);
  if (!isMessage(field.type)) return { key: '', value: '' };
  const [keyType, valueType] = ['key', 'value'].map((name) => (isMessage(field.type) ? field.type.fields.get(name)?.type : undefined));
  return {
    key: key === undefined || isMessageNode(key) ? (keyType === 'string' ? '' : '0') : String(key),
    value: mapped === undefined ? (valueType === 'string' ? '' : {}) : valueOf(mapped),
  };
}

function isDefaultValue(field: FieldSchema, value: Scalar): boolean {
  if (isEnum(field.type)) return value === 0 || value === field.type.symbols[0];
  return value === 0 || value === '' || value === false;
}
