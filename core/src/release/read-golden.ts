import { z } from 'zod';
import type { Finding } from '../base/finding.ts';
import { readJsonAs, shown } from '../base/read-as.ts';
import { type Datatype, datatypes } from '../kserve/tensor.ts';
import type { GoldenSet } from './golden.ts';

/** Reads golden.json, or says what is wrong with it. */
export function readGolden(text: string, file: string): { golden: GoldenSet } | { findings: Finding[] } {
  const read = readJsonAs({ topic: 'golden', schema: goldenSet }, text, file);
  return 'value' in read ? { golden: read.value } : read;
}

const shape = z.array(z.number().int().min(0));
const data = z.array(z.union([z.number(), z.string()]));
const datatype = z.enum(datatypes);

type Values = { readonly shape: readonly number[]; readonly data: readonly (number | string)[] };

const elements = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** A tensor whose data is shorter or longer than its shape says would be padded or cut by someone, somewhere. */
const isWhole = (values: Values): boolean => elements(values.shape) === values.data.length;
const lengthError = {
  error: ({ input }: { input?: unknown }) => {
    const values = input as Values;
    return `the shape ${shown(values.shape)} has room for ${elements(values.shape)} values, and data has ${values.data.length}`;
  },
};

/** BYTES are texts, and everything else is numbers. */
const isOf = (type: Datatype, values: Values): boolean => values.data.every((one) => (typeof one === 'string') === (type === 'BYTES'));
const kindOf = (type: Datatype): string => (type === 'BYTES' ? 'BYTES are texts' : `${type} are numbers`);
const kindError = {
  error: ({ input }: { input?: unknown }) => `${kindOf((input as { datatype: Datatype }).datatype)}: write them so in data`,
};

const goldenCase = z.strictObject({
  id: z.string().min(1),
  inputs: z.record(
    z.string(),
    z
      .strictObject({ datatype, shape, data })
      .refine(isWhole, lengthError)
      .refine((values) => isOf(values.datatype, values), kindError),
  ),
  expect: z.record(z.string(), z.strictObject({ shape, data }).refine(isWhole, lengthError)),
  label: z.union([z.number().int().min(0), z.string().min(1)], {
    error: ({ input }) => `${shown(input)} is neither the number of a class nor its name`,
  }),
});

const tolerance = z.strictObject({ absolute: z.number().min(0), relative: z.number().min(0) });

const goldenSet = z
  .strictObject({
    golden: z.literal('conch/v1'),
    model: z.string().min(1),
    outputs: z.record(
      z.string(),
      z
        .strictObject({ datatype, tolerance: z.union([z.literal('exact'), tolerance]) })
        .refine((output) => output.datatype !== 'BYTES' || output.tolerance === 'exact', {
          error: 'texts are alike or they are not: write "exact"',
          path: ['tolerance'],
        }),
    ),
    cases: z.array(goldenCase).min(1, { error: 'a golden set without a case proves nothing' }),
  })
  .superRefine(({ outputs, cases }, context) => {
    const ids = new Set<string>();
    const first = Object.values(outputs)[0];
    for (const [index, { id, expect, label }] of cases.entries()) {
      if (ids.has(id))
        context.addIssue({ code: 'custom', path: ['cases', index, 'id'], message: `two cases are called ${shown(id)}`, input: id });
      ids.add(id);
      const missing = Object.keys(outputs).find((name) => !expect[name]);
      const extra = Object.keys(expect).find((name) => !outputs[name]);
      const says = missing
        ? `the output "${missing}" has no expected values`
        : extra
          ? `"${extra}" is not among the set's outputs`
          : undefined;
      if (first && (typeof label === 'string') !== (first.datatype === 'BYTES')) {
        const message =
          first.datatype === 'BYTES' ? 'the first output is a text, so the label is one too' : 'the label is the number of a class';
        context.addIssue({ code: 'custom', path: ['cases', index, 'label'], message, input: label });
      }
      const strange = Object.entries(outputs).find(([name, output]) => expect[name] && !isOf(output.datatype, expect[name]));
      if (strange) {
        const message = `${kindOf(strange[1].datatype)}: write them so in data`;
        context.addIssue({ code: 'custom', path: ['cases', index, 'expect', strange[0]], message, input: expect });
      }
      if (says) context.addIssue({ code: 'custom', path: ['cases', index, 'expect'], message: says, input: expect });
    }
  });
