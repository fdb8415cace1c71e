import { type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { modelConfigSchema } from '#core/pbtxt/model-config-schema.ts';

/** The schema in the form that mutations need: a map is a repeated message of key and value. */
export type Shape = { readonly name: string; readonly fields: readonly FieldShape[] };

export type FieldShape = {
  readonly name: string;
  readonly isRepeated: boolean;
  readonly type: FieldType;
  /** Of the fields with one such name, at most one may be said. */
  readonly oneOf?: string;
};

export type FieldType =
  | { readonly kind: 'number'; readonly of: NumberKind }
  | { readonly kind: 'bool' }
  | { readonly kind: 'string' }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'message'; readonly shape: Shape };

export type NumberKind = 'int32' | 'int64' | 'uint32' | 'uint64' | 'float' | 'double';

export const modelConfigShape: Shape = shapeOf(modelConfigSchema);

/** Whether one of them has to go when the other comes. */
export function excludes(shape: Shape, one: string, other: string): boolean {
  const field = fieldNamed(shape, one);
  if (!field || field.isRepeated) return false;
  return one === other || (field.oneOf !== undefined && field.oneOf === fieldNamed(shape, other)?.oneOf);
}

export function fieldNamed(shape: Shape | undefined, name: string): FieldShape | undefined {
  return shape?.fields.find((field) => field.name === name);
}

/** Every message, the innermost ones too. */
export function allShapes(shape: Shape = modelConfigShape): Shape[] {
  const inner = shape.fields.flatMap(({ type }) => (type.kind === 'message' ? allShapes(type.shape) : []));
  return [shape, ...inner];
}

// No message of a model's configuration holds itself, so the whole schema is written out at once.
function shapeOf(message: DescMessage): Shape {
  return { name: message.name, fields: message.fields.map(fieldShape) };
}

function fieldShape(field: DescField): FieldShape {
  return { ...plainShape(field), ...(field.oneof && { oneOf: field.oneof.name }) };
}

function plainShape(field: DescField): FieldShape {
  const { name } = field;
  switch (field.fieldKind) {
    case 'scalar':
      return { name, isRepeated: false, type: scalar(field.scalar) };
    case 'enum':
      return { name, isRepeated: false, type: { kind: 'enum', symbols: field.enum.values.map((value) => value.name) } };
    case 'message':
      return { name, isRepeated: false, type: { kind: 'message', shape: shapeOf(field.message) } };
    case 'list':
      return { name, isRepeated: true, type: elementType(field) };
    case 'map': {
      const key: FieldShape = { name: 'key', isRepeated: false, type: scalar(field.mapKey) };
      const value: FieldShape = { name: 'value', isRepeated: false, type: mapValueType(field) };
      return { name, isRepeated: true, type: { kind: 'message', shape: { name: `${name}Entry`, fields: [key, value] } } };
    }
  }
}

function elementType(field: DescField & { fieldKind: 'list' }): FieldType {
  if (field.listKind === 'scalar') return scalar(field.scalar);
  if (field.listKind === 'enum') return { kind: 'enum', symbols: field.enum.values.map((value) => value.name) };
  return { kind: 'message', shape: shapeOf(field.message) };
}

function mapValueType(field: DescField & { fieldKind: 'map' }): FieldType {
  if (field.mapKind === 'scalar') return scalar(field.scalar);
  if (field.mapKind === 'enum') return { kind: 'enum', symbols: field.enum.values.map((value) => value.name) };
  return { kind: 'message', shape: shapeOf(field.message) };
}

function scalar(type: ScalarType): FieldType {
  switch (type) {
    case ScalarType.BOOL:
      return { kind: 'bool' };
    case ScalarType.STRING:
      return { kind: 'string' };
    case ScalarType.INT32:
      return { kind: 'number', of: 'int32' };
    case ScalarType.INT64:
      return { kind: 'number', of: 'int64' };
    case ScalarType.UINT32:
      return { kind: 'number', of: 'uint32' };
    case ScalarType.UINT64:
      return { kind: 'number', of: 'uint64' };
    case ScalarType.FLOAT:
      return { kind: 'number', of: 'float' };
    case ScalarType.DOUBLE:
      return { kind: 'number', of: 'double' };
    default:
      throw new Error(`config.pbtxt has had no field of type ${ScalarType[type]} so far`);
  }
}
