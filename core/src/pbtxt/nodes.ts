import type { FieldSchema, MessageSchema } from './schema.ts';

/** A value as it is written: numbers of 64 bits as text where a number would lose digits; enums by symbol, an unknown number as it is. */
export type Scalar = string | number | boolean;

/** One field of config.pbtxt as it is written. Offsets count from the beginning of the text; those of a list's items share their name. */
export type FieldNode = {
  readonly field: FieldSchema;
  readonly nameAt: number;
  readonly valueAt: number;
  /** Behind the value. */
  readonly valueEnd: number;
  /** Behind the whole of it, with the list's bracket and the separator that may follow. */
  end: number;
  readonly value: Scalar | MessageNode;
};

/** A message as it is written; `from` and `to` are the offsets inside its braces. */
export type MessageNode = { readonly schema: MessageSchema; readonly fields: FieldNode[]; readonly from: number; to: number };

export function isMessageNode(value: Scalar | MessageNode): value is MessageNode {
  return typeof value === 'object';
}

/** Something wrong with the text, at an offset. `triton` is what protobuf's C++ parser, and so Triton's log, says of it. */
export type TextProblem = {
  readonly code: `config/${string}`;
  readonly severity: 'error' | 'warning';
  readonly at: number;
  readonly says: string;
  readonly fix?: string | undefined;
  readonly triton?: string;
  /** A change that can only be what was meant. */
  readonly edit?: Edit | undefined;
};

/** Puts another text in the place of what stands between two offsets. */
export type Edit = { readonly from: number; readonly to: number; readonly text: string };

/** A way to a value: names of fields, places in lists, keys of maps. */
export type Path = readonly (string | number)[];

/**
 * The node at a path. Where the path goes on and the text does not, the nearest one above it, or `none` when not even the first name is
 * written. With `isWhole`, only the very node.
 */
export function nodeAt(root: MessageNode, path: Path, isWhole = false): FieldNode | 'none' {
  let message: MessageNode = root;
  let found: FieldNode | 'none' = 'none';
  for (let index = 0; index < path.length; ) {
    const name = path[index];
    const same = writtenIn(message).get(String(name)) ?? none;
    const last = same.nodes.at(-1);
    if (!last) return isWhole ? 'none' : found;
    const repeats = last.field.repeats;
    const which = path[index + 1];
    const chosen =
      repeats === 'once' || which === undefined ? last : repeats === 'map' ? same.byKey.get(String(which)) : same.nodes[Number(which)];
    if (!chosen) return isWhole ? 'none' : last;
    found = chosen;
    index += repeats === 'once' ? 1 : 2;
    if (index >= path.length) return found;
    let value = chosen.value;
    if (repeats === 'map' && isMessageNode(value)) value = value.fields.find((node) => node.field.name === 'value')?.value ?? value;
    if (!isMessageNode(value)) return isWhole ? 'none' : found;
    message = value;
  }
  return found;
}

/** The nodes of one field, and for a map the one of each key that counts: the last. */
type Written = { readonly nodes: FieldNode[]; readonly byKey: Map<string, FieldNode> };

const none: Written = { nodes: [], byKey: new Map() };

/** Sorted once for each message that is asked about: whoever has much to mind asks often. */
const sorted = new WeakMap<MessageNode, ReadonlyMap<string, Written>>();

function writtenIn(message: MessageNode): ReadonlyMap<string, Written> {
  const known = sorted.get(message);
  if (known) return known;
  const fields = new Map<string, Written>();
  for (const node of message.fields) {
    const { name, repeats } = node.field;
    let written = fields.get(name);
    if (!written) fields.set(name, (written = { nodes: [], byKey: new Map() }));
    written.nodes.push(node);
    if (repeats === 'map') written.byKey.set(String(keyOf(node) ?? ''), node);
  }
  sorted.set(message, fields);
  return fields;
}

/** What a map's entry is found by, where it is written. */
export function keyOf({ value }: FieldNode): Scalar | undefined {
  const key = isMessageNode(value) ? value.fields.find((node) => node.field.name === 'key')?.value : undefined;
  return key === undefined || isMessageNode(key) ? undefined : key;
}
