import { deepStrictEqual, strictEqual } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { draftContract } from './draft-contract.ts';
import { contractSchema } from './read-contract.ts';

const root = resolve(import.meta.dirname, '../../..');
const published = JSON.parse(readFileSync(join(root, 'docs/schema/contract.schema.json'), 'utf8')) as Schema;

type Kind = 'string' | 'integer' | 'number' | 'array' | 'object';

type Schema = {
  readonly type?: Kind | readonly Kind[] | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
  readonly description?: string;
};

const contracts = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' }).filter((path) =>
  path.endsWith('contract.yaml'),
);

for (const path of contracts) {
  test(`the published schema takes examples/${path}`, () => {
    deepStrictEqual(problems(parse(readFileSync(join(root, 'examples', path), 'utf8')), published, ''), []);
  });
}

test('the published schema takes the contract that conch init writes', () => {
  const spec = { name: 'x', datatype: 'FP32', shape: [-1, 4] } as const;
  const draft = { model: '123', format: 'onnx', backend: 'onnxruntime', files: ['1/model.onnx'], batchMax: 8, gpu: 'L4' } as const;
  deepStrictEqual(problems(parse(draftContract({ ...draft, inputs: [spec], outputs: [spec] })), published, ''), []);
});

test('the published schema says what is missing, unknown or of another kind', () => {
  const text = readFileSync(join(root, 'examples/digits/releases/b/contract.yaml'), 'utf8')
    .replace('owner:', 'owners:')
    .replace('format: onnx', 'format: onxx')
    .replace('cpu: 1,', 'cpu: none,');
  deepStrictEqual(problems(parse(text), published, ''), [
    'artifact.format is none of the choices',
    'resources.cpu is no number',
    'owner is missing',
    'owners is unknown',
  ]);
});

test('the published schema is the one that the reader has', () => {
  deepStrictEqual(published, JSON.parse(JSON.stringify(contractSchema())));
});

test('every field of the schema is described', () => {
  deepStrictEqual(undescribed(published, ''), []);
});

test('the contract has ten fields beside its version and its model', () => {
  strictEqual(Object.keys(published.properties ?? {}).length, 12);
});

/** As much of JSON Schema as the contract's schema uses. */
function problems(value: unknown, schema: Schema, path: string): string[] {
  const { anyOf, type, items, properties = {}, required = [], additionalProperties: more } = schema;
  if (typeof type === 'object') return problems(value, { ...schema, type: undefined, anyOf: type.map((one) => ({ type: one })) }, path);
  if (anyOf) return anyOf.some((one) => problems(value, one, path).length === 0) ? [] : [`${path} is none of the shapes`];
  if (schema.const !== undefined && value !== schema.const) return [`${path} is not ${JSON.stringify(schema.const)}`];
  if (schema.enum && !schema.enum.includes(value)) return [`${path} is none of the choices`];
  if (schema.pattern !== undefined && !new RegExp(schema.pattern).test(String(value))) return [`${path} does not match`];
  switch (type) {
    case undefined:
      return [];
    case 'string':
      return typeof value === 'string' ? [] : [`${path} is no text`];
    case 'integer':
    case 'number': {
      if (typeof value !== 'number' || (type === 'integer' && !Number.isInteger(value))) return [`${path} is no ${type}`];
      const isBelow = value < (schema.minimum ?? value) || value <= (schema.exclusiveMinimum ?? value - 1);
      return isBelow || value > (schema.maximum ?? value) ? [`${path} is out of range`] : [];
    }
    case 'array':
      if (!Array.isArray(value)) return [`${path} is no list`];
      if (value.length < (schema.minItems ?? 0)) return [`${path} is too short`];
      return value.flatMap((item: unknown, at) => problems(item, items ?? {}, `${path}[${at}]`));
    case 'object': {
      if (typeof value !== 'object' || value === null) return [`${path} is no map`];
      const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
      const entries = Object.entries(value).filter(([key]) => properties[key] !== undefined);
      const strange = Object.keys(value).filter((key) => properties[key] === undefined);
      return [
        ...entries.flatMap(([key, item]) => problems(item, properties[key] ?? {}, at(key))),
        ...required.filter((key) => !Object.hasOwn(value, key)).map((key) => `${at(key)} is missing`),
        ...(more === false ? strange.map((key) => `${at(key)} is unknown`) : []),
      ];
    }
  }
}

function undescribed({ properties = {}, items, anyOf = [] }: Schema, path: string): string[] {
  return [
    ...Object.entries(properties).flatMap(([key, one]) => [
      ...(one.description === undefined ? [`${path}${key}`] : []),
      ...undescribed(one, `${path}${key}.`),
    ]),
    ...(items ? undescribed(items, path) : []),
    ...anyOf.flatMap((one) => undescribed(one, path)),
  ];
}
