import type { ExactJson } from '#core/kserve/exact-json.ts';
import { Double } from '#core/kserve/exact-number.ts';
import type { Parameter } from '../server/inference-server.ts';
import { refuse } from '../server/refused.ts';

/** The words of Triton's JSON reader, by what was asked for. Its mistakes are Internal, whoever made them. */
export type Members = { readonly [name: string]: ExactJson };

export const isMembers = (value: ExactJson | undefined): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Double);
export const membersOf = (value: ExactJson | undefined): Members => (isMembers(value) ? value : {});

export const required = (members: Members, name: string): ExactJson =>
  members[name] ??
  (members[name] === null ? null : refuse('Internal', `Unable to parse '${name}': attempt to access non-existing object member '${name}'`));

const mistaken = (name: string, was: string, as: string, verb = 'parse'): never =>
  refuse('Internal', `${name === '' ? '' : `Unable to ${verb} '${name}': `}attempt to access JSON non-${was} as ${as}`);

/** With a name the words begin with what could not be parsed; without one, with what was attempted. */
export const asString = (value: ExactJson, name = ''): string => (typeof value === 'string' ? value : mistaken(name, 'string', 'string'));
export const asBoolean = (value: ExactJson, name = '', verb = 'parse'): boolean =>
  typeof value === 'boolean' ? value : mistaken(name, 'boolean', 'boolean', verb);
export const asArray = (value: ExactJson, name = ''): readonly ExactJson[] =>
  Array.isArray(value) ? (value as readonly ExactJson[]) : mistaken(name, 'array', 'array');
export const asUnsigned = (value: ExactJson, name = '', verb = 'parse'): number =>
  isInteger(value) && value >= 0 ? Number(value) : mistaken(name, 'unsigned-integer', 'unsigned-integer', verb);
export const asUnsignedBig = (value: ExactJson, name = ''): bigint =>
  isInteger(value) && value >= 0 ? BigInt(value) : mistaken(name, 'unsigned-integer', 'unsigned-integer');
export const asSignedBig = (value: ExactJson, name = ''): bigint =>
  isInteger(value) && value <= signedMax ? BigInt(value) : mistaken(name, 'signed-integer', 'signed-integer');
export const asSigned = (value: ExactJson, name = ''): number =>
  isInteger(value) && value <= signedMax ? Number(value) : mistaken(name, 'signed-integer', 'signed-integer');
export const asNumber = (value: ExactJson, name = ''): number =>
  value instanceof Double
    ? value.value
    : typeof value === 'number' || typeof value === 'bigint'
      ? Number(value)
      : mistaken(name, 'number', 'double');

/** What Triton takes for a parameter, of a request or of a tensor. */
export function asParameter(value: ExactJson, name: string): Parameter {
  if (value instanceof Double) return value.value;
  if (value === null || typeof value === 'object')
    return refuse('Invalid argument', `parameter '${name}' has invalid type. It should be either 'int', 'bool', or 'string'.`);
  return isInteger(value) ? BigInt(value) : value;
}

/** Of 64 bits; what is beyond them was read as a Double. */
export const isInteger = (value: ExactJson): value is number | bigint =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));

const signedMax = 9_223_372_036_854_775_807n;
