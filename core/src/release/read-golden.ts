import { z } from 'zod';
import type { Finding } from '../base/finding.ts';
import { readJsonAs, shown } from '../base/read-as.ts';
import { datatypes } from '../kserve/tensor.ts';
import type { GoldenSet } from './golden.ts';

/** Reads golden.json, or says what is wrong with it. */
export function readGolden(text: string, file: string): { golden: GoldenSet } | { findings: Finding[] } {
  const read = readJsonAs({ topic: 'golden', schema: goldenSet }, text, file);
  return 'value' in read ? { golden: read.value } : read;
}

const shape = z.array(z.number().int().min(0));
const data = z.array(z.number());
const datatype = z.enum(datatypes);

type Values = { readonly shape: readonly number[]; readonly data: readonly number[] };

const elements = (dims: readonly number[]): number => dims.reduce((product, dim) => product * dim, 1);

/** A tensor whose data is shorter or longer than its shape says would be padded or cut by someone, somewhere. */
const isWhole = (values: Values): boolean => elements(values.shape) === values.data.length;
const lengthError = {
  error: ({ input }: { input?: unknown }) => {
    const values = input as Values;
    return `the shape ${shown(values.shape)} has room for ${elements(values.shape)} values, and data has ${values.data.length}`;
  },
};

const goldenCase = z.strictObject({
  id: z.string().min(1),
  inputs: z.record(z.string(), z.strictObject({ datatype, shape, data }).refine(isWhole, lengthError)),
  expect: z.record(z.string(), z.strictObject({ shape, data }).refine(isWhole, lengthError)),
  label: z.number().int().min(0),
});

const goldenSet = z
  .strictObject({
    golden: z.literal('conch/v1'),
    model: z.string().min(1),
    outputs: z.record(
      z.string(),
      z.strictObject({ datatype, tolerance: z.strictObject({ absolute: z.number().min(0), relative: z.number().min(0) }) }),
    ),
    cases: z.array(goldenCase).min(1, { error: 'a golden set without a case proves nothing' }),
  })
  .superRefine(({ outputs, cases }, context) => {
    const ids = new Set<string>();
    for (const [index, { id, expect }] of cases.entries()) {
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
      if (says) context.addIssue({ code: 'custom', path: ['cases', index, 'expect'], message: says, input: expect });
    }
  });
