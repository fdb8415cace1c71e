import type { Json } from '#core/kserve/json.ts';
import { refuse } from '../server/refused.ts';

/** The words of Triton's JSON reader, by what was asked for. Its mistakes are Internal, whoever made them. */
export type Members = { readonly [name: string]: Json };

export const isMembers = (value: Json | undefined): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const membersOf = (value: Json | undefined): Members => (isMembers(value) ? value : {});

export const required = (members: Members, name: string): Json =>
  members[name] ??
  (members[name] === null ? null : refuse('Internal', `Unable to parse '${name}': attempt to access non-existing object member '${name}'`));

const mistaken = (name: string, was: string, as: string, verb = 'parse'): never =>
  refuse('Internal', `${name === '' ? '' : `Unable to ${verb} '${name}': `}attempt to access JSON non-${was} as ${as}`);

/** With a name the words begin with what could not be parsed; without one, with what was attempted. */
export const asString = (value: Json, name = ''): string => (typeof value === 'string' ? value : mistaken(name, 'string', 'string'));
export const asBoolean = (value: Json, name = '', verb = 'parse'): boolean =>
  typeof value === 'boolean' ? value : mistaken(name, 'boolean', 'boolean', verb);
export const asArray = (value: Json, name = ''): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : mistaken(name, 'array', 'array');
export const asUnsigned = (value: Json, name = '', verb = 'parse'): number =>
  isUnsigned(value) ? Number(value) : mistaken(name, 'unsigned-integer', 'unsigned-integer', verb);
export const asUnsignedBig = (value: Json, name = ''): bigint =>
  isUnsigned(value) ? BigInt(value) : mistaken(name, 'unsigned-integer', 'unsigned-integer');
export const asSignedBig = (value: Json, name = ''): bigint =>
  isSigned(value) ? BigInt(value) : mistaken(name, 'signed-integer', 'signed-integer');
export const asSigned = (value: Json, name = ''): number =>
  isSigned(value) ? Number(value) : mistaken(name, 'signed-integer', 'signed-integer');
export const asNumber = (value: Json, name = ''): number =>
  typeof value === 'number' || typeof value === 'bigint' ? Number(value) : mistaken(name, 'number', 'double');

/** Past 64 bits a number is no integer any more for Triton's reader. */
export const isUnsigned = (value: Json): value is number | bigint => isWhole(value) && value >= 0 && value < 2n ** 64n;
const isSigned = (value: Json): value is number | bigint => isWhole(value) && value >= -(2n ** 63n) && value < 2n ** 63n;

const isWhole = (value: Json): value is number | bigint =>
  typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value));
