import { percentG } from '../base/percent-g.ts';
import type { ModelConfigJson } from './model-config.ts';
import { plainConfig } from './plain-config.ts';
import { type JsonNode, parseProtobufJson } from './protobuf-json.ts';
import { configSchema, type EnumSchema, type FieldSchema, isEnum, isMessage, type MessageSchema, type ScalarType } from './schema.ts';

/** A configuration, or what is wrong with it in the words of protobuf's JSON reader. */
export type ReadConfigJson = { readonly config: ModelConfigJson } | { readonly says: string };

/**
 * Reads a configuration as protobuf's JSON mapping has it, which is how a load overrides config.pbtxt: names in snake_case or camelCase, enums
 * by symbol in any case or by number, numbers and booleans also as text, lists that are filled bit by bit. Unknown fields are refused. Of
 * several mistakes the last one is told. Source: protocolbuffers/protobuf 3.21, util/internal/protostream_objectwriter.cc and datapiece.cc.
 */
export function readConfigJson(text: string, triton: { readonly major: number; readonly minor: number }): ReadConfigJson {
  const read = parseProtobufJson(text);
  if ('says' in read) return read;
  if (read.value.is !== 'object') return { says: ': Root element must be a message.' };
  const writer = new Writer((since) => {
    const [major = 0, minor = 0] = since.split('.').map(Number);
    return triton.major > major || (triton.major === major && triton.minor >= minor);
  });
  const message: Message = {};
  writer.message(message, read.value, configSchema, '');
  return writer.says === undefined ? { config: plainConfig(message) } : { says: writer.says };
}

type Message = Record<string, unknown>;
type ObjectNode = Extract<JsonNode, { is: 'object' }>;

class Wrong extends Error {}

class Writer {
  readonly #isKnown: (since: string) => boolean;
  says: string | undefined;

  constructor(isKnown: (since: string) => boolean) {
    this.#isKnown = isKnown;
  }

  message(into: Message, { members }: ObjectNode, { fields }: MessageSchema, path: string): void {
    const chosen = new Set<string>();
    for (const [name, value] of members) {
      const field = name === '' ? undefined : (fields.get(name) ?? [...fields.values()].find((one) => camelCased(one.name) === name));
      if (!field || (field.since !== undefined && !this.#isKnown(field.since))) {
        this.#badName(path, name, name === '' ? 'Proto fields must have a name.' : 'Cannot find field.');
        continue;
      }
      if (value.is === 'null') continue;
      if (field.oneof !== undefined && chosen.has(field.oneof)) {
        this.#badValue(path, `oneof field '${field.oneof}' is already set. Cannot set '${name}'`, 'oneof');
        continue;
      }
      if (field.oneof !== undefined) chosen.add(field.oneof);
      this.#field(into, value, field, path);
    }
  }

  #field(into: Message, value: JsonNode, field: FieldSchema, path: string): void {
    const { name, type, repeats } = field;
    const here = path === '' ? name : `${path}.${name}`;
    if (repeats === 'map') return this.#map(into, value, field, here);
    if (repeats === 'list') {
      const items = (into[name] ??= []) as unknown[];
      if (value.is === 'list') this.#items(items, value.items, field, here);
      else this.#item(items, value, field, { at: here, parent: path });
      return;
    }
    if (value.is === 'list') return this.#badName(path, name, 'Proto field is not repeating, cannot start list.');
    if (isMessage(type) && value.is === 'object') this.message((into[name] ??= {}) as Message, value, type, here);
    else if (value.is === 'object') this.#badValue(path, 'Starting an object on a scalar field', name);
    else this.#try(here, type, value, (made) => (into[name] = made));
  }

  /** A list in a list adds to it. */
  #items(into: unknown[], items: readonly JsonNode[], field: FieldSchema, path: string): void {
    let count = 0;
    const soFar = (): string => (count === 0 ? path : `${path}[${count - 1}]`);
    for (const item of items) {
      if (item.is === 'list') this.#items(into, item.items, field, soFar());
      else if (item.is === 'object' && !isMessage(field.type)) this.#item(into, item, field, { at: path, parent: soFar() });
      else if (item.is !== 'null') {
        count += 1;
        this.#item(into, item, field, { at: soFar(), parent: path });
      }
    }
  }

  #item(
    into: unknown[],
    value: JsonNode,
    { name, type }: FieldSchema,
    { at, parent }: { readonly at: string; readonly parent: string },
  ): void {
    if (isMessage(type) && value.is === 'object') {
      const made: Message = {};
      into.push(made);
      this.message(made, value, type, at);
    } else if (value.is === 'object') this.#badValue(parent, 'Starting an object on a scalar field', name);
    else this.#try(at, type, value, (made) => into.push(made));
  }

  #map(into: Message, value: JsonNode, { name, type }: FieldSchema, path: string): void {
    if (!isMessage(type)) return;
    if (value.is === 'list') return this.#badValue('', `Cannot bind a list to map for field '${name}'.`, 'Map');
    if (value.is !== 'object') return this.#badValue(path, printed(value), urlOf(type));
    const [keys, values] = [type.fields.get('key')?.type ?? 'string', type.fields.get('value')?.type ?? 'string'];
    const entries = (into[name] ??= {}) as Message;
    let count = 0;
    for (const [key, item] of value.members) {
      const at = `${path}[${count}]`;
      if (Object.hasOwn(entries, key)) {
        this.#badName(`${path}[${Math.max(0, count - 1)}]`, key, `Repeated map key: '${key}' is already set.`);
        continue;
      }
      count += 1;
      const put = (made: unknown): void =>
        void Object.defineProperty(entries, key, { value: made, enumerable: true, writable: true, configurable: true });
      this.#try(`${at}.key`, keys, { is: 'string', value: key }, () => undefined);
      if (item.is === 'list') this.#badName(`${at}.value`, '', 'Proto fields must have a name.');
      else if (item.is === 'null') put(isMessage(values) ? {} : defaultOf(values));
      else if (isMessage(values) && item.is === 'object') {
        const made: Message = {};
        put(made);
        this.message(made, item, values, `${at}.value`);
      } else if (item.is === 'object') this.says = 'JSON transcoder produced invalid protobuf output.';
      else this.#try(`${at}.value`, values, item, put);
    }
  }

  #try(path: string, type: FieldSchema['type'], value: JsonNode, take: (made: unknown) => void): void {
    try {
      if (isMessage(type)) throw new Wrong();
      take(isEnum(type) ? enumFrom(value, type) : scalarFrom(value, type));
    } catch (thrown) {
      if (!(thrown instanceof Wrong)) throw thrown;
      this.#badValue(path, printed(value), typeof type === 'string' ? `TYPE_${type.toUpperCase()}` : urlOf(type));
    }
  }

  #badName(path: string, name: string, says: string): void {
    this.says = `${path === '' ? '' : `(${path}) `}${name}: ${says}`;
  }

  #badValue(path: string, value: string, type: string): void {
    this.says = `${path === '' ? '' : `(${path})`}: invalid value ${value} for type ${type}`;
  }
}

const urlOf = ({ name }: { readonly name: string }): string => `type.googleapis.com/inference.${name}`;

function printed(node: JsonNode): string {
  if (node.is === 'string') return `"${node.value}"`;
  if (node.is === 'number') return typeof node.value === 'bigint' ? String(node.value) : percentG(node.value, 15);
  return node.is === 'bool' ? String(node.value) : node.is;
}

function enumFrom(node: JsonNode, { symbols, numbers }: EnumSchema): string | number {
  if (node.is !== 'string') return Number(wholeFrom(node, 'int32'));
  const named = (name: string): string | undefined => symbols.find((symbol) => symbol === name);
  const numbered = (): string | undefined => {
    const number = /^[-+]?\d+$/.test(node.value) ? Number(node.value) : undefined;
    return symbols.find((symbol) => numbers.get(symbol) === number);
  };
  const found = named(node.value) ?? numbered() ?? named(node.value.replaceAll('-', '_').toUpperCase());
  if (found === undefined) throw new Wrong();
  return found;
}

function scalarFrom(node: JsonNode, type: ScalarType): string | number | boolean {
  switch (type) {
    case 'string':
      if (node.is !== 'string') throw new Wrong();
      return node.value;
    case 'bool':
      if (node.is === 'bool') return node.value;
      if (node.is === 'string' && /^(true|t|yes|y|1)$/i.test(node.value)) return true;
      if (node.is === 'string' && /^(false|f|no|n|0)$/i.test(node.value)) return false;
      throw new Wrong();
    case 'float':
    case 'double':
      return floatFrom(node, type === 'float' ? Math.fround : Number);
    default: {
      const whole = wholeFrom(node, type);
      // As text where a number would lose digits.
      return Number.isSafeInteger(Number(whole)) ? Number(whole) : String(whole);
    }
  }
}

function floatFrom(node: JsonNode, rounded: (value: number) => number): number {
  if (node.is === 'string' && ['NaN', 'Infinity', '-Infinity'].includes(node.value)) return Number(node.value);
  const isWritten = node.is === 'string' && /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(node.value);
  const value = node.is === 'number' || isWritten ? Number((node as { readonly value: unknown }).value) : Number.NaN;
  if (!Number.isFinite(rounded(value)) || (typeof (node as { readonly value: unknown }).value === 'bigint' && rounded(value) !== value))
    throw new Wrong();
  return value;
}

const ranges = {
  int32: [-(2n ** 31n), 2n ** 31n],
  uint32: [0n, 2n ** 32n],
  int64: [-(2n ** 63n), 2n ** 63n],
  uint64: [0n, 2n ** 64n],
} as const;

function wholeFrom(node: JsonNode, type: keyof typeof ranges): bigint {
  const isWritten = node.is === 'string' && /^[-+]?\d+$/.test(node.value);
  const isWhole = node.is === 'number' && (typeof node.value === 'bigint' || Number.isInteger(node.value));
  if (!isWritten && !isWhole) throw new Wrong();
  const { value } = node as { readonly value: string | number | bigint };
  const whole = BigInt(typeof value === 'string' ? value.replace('+', '') : value);
  const [least, end] = ranges[type];
  if (whole < least || whole >= end) throw new Wrong();
  return whole;
}

const defaultOf = (type: FieldSchema['type']): unknown =>
  type === 'string' ? '' : type === 'bool' ? false : isEnum(type) ? type.symbols[0] : 0;

const camelCased = (name: string): string => name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
