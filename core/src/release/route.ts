import { z } from 'zod';
import type { Finding } from '../base/finding.ts';
import { isModelName, type ModelName } from '../base/names.ts';
import { readJsonAs, shown } from '../base/read-as.ts';

/** `route.json`: how clients reach a model. Weights are state and never stand here. */
export type Route = {
  readonly route: 'conch/v1';
  readonly model: ModelName;
  /** Requests with this host (`*`: any) and this path, or a path below it, are the model's. */
  readonly rules: readonly { readonly host: string; readonly path: string }[];
  readonly timeoutMs: number;
  /** How often the gateway may try another server when the first one gave no answer. */
  readonly retries: number;
  // Their shapes come with the features; until then saying anything else is a finding, not something we would quietly leave out.
  readonly mirror: 'absent';
  readonly priorities: 'absent';
};

/** Reads route.json, or says what is wrong with it. */
export function readRoute(text: string, file: string): { route: Route } | { findings: Finding[] } {
  const read = readJsonAs({ topic: 'route', schema: route }, text, file);
  return 'value' in read ? { route: read.value } : read;
}

const route: z.ZodType<Route> = z.strictObject({
  route: z.literal('conch/v1'),
  model: z.string().refine(isModelName, { error: ({ input }) => `${shown(input)} cannot name a model` }),
  rules: z
    .array(
      z.strictObject({
        host: z.string().regex(/^(\*|(\*\.)?[A-Za-z0-9.-]+)$/, { error: ({ input }) => `${shown(input)} is not a host, *.host or *` }),
        path: z.string().regex(/^\/[^\s?#]*$/, { error: ({ input }) => `${shown(input)} is not a path that starts with /` }),
      }),
    )
    .min(1, { error: 'without a rule no request reaches the model' }),
  timeoutMs: z.number().int().min(1, { error: 'a request needs some time' }),
  retries: z
    .number()
    .int()
    .min(0)
    .max(5, { error: ({ input }) => `${shown(input)} is above 5: retries multiply the load of a sick model` }),
  mirror: z.literal('absent'),
  priorities: z.literal('absent'),
});
