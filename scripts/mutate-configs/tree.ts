import type { Dice } from '#core/base/dice.ts';
import { type FieldShape, fieldNamed, modelConfigShape, type Shape } from './shape.ts';

/** One field as it is written: a scalar's text, or the fields of a message. A list is the field several times. */
export type Node = { name: string; value: string | Node[] };

/** A place in a configuration: the fields it stands among, and what the schema says of it. */
export type Site = { readonly among: Node[]; readonly at: number; readonly node: Node; readonly field: FieldShape | undefined };

/** Reads the well-formed texts of our own seeds, nothing more. */
export function readTree(text: string): Node[] {
  const tokens = text.replaceAll(/#.*$/gm, '').match(/"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g) ?? [];
  let at = 0;
  const fields = (end: string | undefined): Node[] => {
    const found: Node[] = [];
    while (at < tokens.length && tokens[at] !== end) found.push(...field(tokens[at++] as string));
    at += 1;
    return found;
  };
  const field = (name: string): Node[] => {
    if (tokens[at] === ':') at += 1;
    const opened = tokens[at++] as string;
    if (opened === '{') return [{ name, value: fields('}') }];
    if (opened !== '[') return [{ name, value: opened }];
    const list: Node[] = [];
    for (; tokens[at] !== ']'; ) {
      if (tokens[at] === ',') at += 1;
      const one = tokens[at++] as string;
      list.push({ name, value: one === '{' ? fields('}') : one });
    }
    at += 1;
    return list;
  };
  return fields(undefined);
}

/** Writes it, now with lists and now without, as people do. */
export function writeTree(nodes: readonly Node[], dice: Dice, shape: Shape | undefined = modelConfigShape, indent = ''): string {
  const lines: string[] = [];
  for (let at = 0; at < nodes.length; at += 1) {
    const { name, value } = nodes[at] as Node;
    const field = fieldNamed(shape, name);
    if (typeof value !== 'string') {
      const inner = writeTree(value, dice, field?.type.kind === 'message' ? field.type.shape : undefined, `${indent}  `);
      lines.push(inner === '' ? `${indent}${name} { }` : `${indent}${name} {\n${inner}\n${indent}}`);
      continue;
    }
    let end = at + 1;
    while (end < nodes.length && nodes[end]?.name === name && typeof nodes[end]?.value === 'string') end += 1;
    if (end > at + 1 && field?.isRepeated && dice.chance(0.7)) {
      const list = nodes.slice(at, end).map((node) => node.value as string);
      lines.push(`${indent}${name}: [ ${list.join(', ')} ]`);
      at = end - 1;
    } else {
      lines.push(`${indent}${name}: ${value}`);
    }
  }
  return lines.join('\n');
}

/** Every field of a configuration, outer ones before inner ones. */
export function sitesOf(nodes: Node[], shape: Shape | undefined = modelConfigShape): Site[] {
  return nodes.flatMap((node, at) => {
    const field = fieldNamed(shape, node.name);
    const site: Site = { among: nodes, at, node, field };
    if (typeof node.value === 'string') return [site];
    return [site, ...sitesOf(node.value, field?.type.kind === 'message' ? field.type.shape : undefined)];
  });
}

export function copyOf(nodes: readonly Node[]): Node[] {
  return nodes.map(({ name, value }) => ({ name, value: typeof value === 'string' ? value : copyOf(value) }));
}
