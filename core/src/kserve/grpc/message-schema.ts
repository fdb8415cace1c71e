/** A protobuf message as a value: what the codec needs to know, and no more. The schema of config.pbtxt fits it as it stands. */
export type WireMessage = { readonly kind: 'message'; readonly fields: ReadonlyMap<string, WireField> };

export type WireField = {
  readonly name: string;
  readonly number: number;
  readonly type: WireScalar | WireEnum | WireMessage;
  /** A map is a list of entries with key and value. */
  readonly repeats: 'once' | 'list' | 'map';
  readonly oneof?: string;
};

export type WireScalar = 'string' | 'bytes' | 'bool' | 'int32' | 'uint32' | 'int64' | 'uint64' | 'float' | 'double';

/** Symbols and their numbers. */
export type WireEnum = { readonly kind: 'enum'; readonly name: string; readonly numbers: ReadonlyMap<string, number> };

/** A message whose fields the compiler knows too. */
export type MessageOf<S extends Shape> = WireMessage & { readonly shape: S };

/** Fields by name: number and kind. */
export type Shape = Readonly<Record<string, readonly [number, Kind]>>;

type Single = WireScalar | WireMessage | MessageOf<Shape>;
type Kind = Single | { readonly list: Single } | { readonly map: Single } | { readonly choice: WireScalar };

/** What a message holds when it has been read: scalars have their proto3 default, messages and choices may be absent. */
export type Read<S extends Shape> = { readonly [K in keyof S]: ReadField<S[K][1]> };
type ReadField<K> = K extends WireScalar
  ? ReadScalars[K]
  : K extends { readonly choice: infer T }
    ? ReadItem<T> | undefined
    : K extends { readonly list: infer T }
      ? readonly ReadItem<T>[]
      : K extends { readonly map: infer T }
        ? ReadonlyMap<string, ReadItem<T>>
        : ReadItem<K> | undefined;
type ReadItem<K> = K extends WireScalar ? ReadScalars[K] : K extends MessageOf<infer S> ? Read<S> : unknown;
type ReadScalars = {
  string: string;
  bytes: Uint8Array;
  bool: boolean;
  int32: number;
  uint32: number;
  int64: bigint;
  uint64: bigint;
  float: number;
  double: number;
};

/** What is written: whatever has its default may be left out. */
export type Write<S extends Shape> = { readonly [K in keyof S]?: WriteField<S[K][1]> | undefined };
type WriteField<K> = K extends { readonly choice: infer T }
  ? WriteItem<T>
  : K extends { readonly list: infer T }
    ? readonly WriteItem<T>[]
    : K extends { readonly map: infer T }
      ? ReadonlyMap<string, WriteItem<T>>
      : WriteItem<K>;
type WriteItem<K> = K extends 'int64' | 'uint64'
  ? bigint | number
  : K extends WireScalar
    ? ReadScalars[K]
    : K extends MessageOf<infer S>
      ? Write<S>
      : object;

export function message<const S extends Shape>(shape: S): MessageOf<S> {
  const fields = new Map(Object.entries(shape).map(([name, [number, kind]]) => [name, { name, number, ...typeOf(kind) }]));
  return { kind: 'message', fields, shape };
}

export function list<const K extends Single>(item: K): { readonly list: K } {
  return { list: item };
}

/** From text to what is named. */
export function map<const K extends Single>(value: K): { readonly map: K } {
  return { map: value };
}

/** One of a oneof: it is told apart from its default. */
export function choice<const K extends WireScalar>(scalar: K): { readonly choice: K } {
  return { choice: scalar };
}

function typeOf(kind: Kind): Pick<WireField, 'type' | 'repeats' | 'oneof'> {
  if (typeof kind === 'string' || 'kind' in kind) return { type: kind, repeats: 'once' };
  if ('choice' in kind) return { type: kind.choice, repeats: 'once', oneof: 'choice' };
  return 'list' in kind ? { type: kind.list, repeats: 'list' } : { type: entryOf(kind.map), repeats: 'map' };
}

function entryOf(value: Single): WireMessage {
  const key: WireField = { name: 'key', number: 1, type: 'string', repeats: 'once' };
  return {
    kind: 'message',
    fields: new Map([
      ['key', key],
      ['value', { name: 'value', number: 2, type: value, repeats: 'once' }],
    ]),
  };
}
