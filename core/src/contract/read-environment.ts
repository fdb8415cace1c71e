import { z } from 'zod';
import type { Finding } from '../base/finding.ts';
import { duration } from '../base/quantities.ts';
import { readYamlAs, shown } from '../base/read-as.ts';
import type { Environment } from './policy.ts';

/** Reads an environment's file, or says line by line what is wrong with it. */
export function readEnvironment(text: string, file: string): { environment: Environment } | { findings: Finding[] } {
  const read = readYamlAs({ topic: 'environment', schema: environment }, text, file);
  return 'value' in read ? { environment: read.value } : read;
}

const runtime = z.enum(['tritonserver', 'embedded']);

const substitution = z
  .strictObject({ from: runtime, to: runtime })
  .refine(({ from, to }) => from !== to, { error: 'from and to are the same runtime' });

const environment = z
  .strictObject({
    environment: z.literal('conch/v1'),
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]*$/, { error: ({ input }) => `${shown(input)} is not a name of small letters, digits and "-"` }),
    gpu: z.strictObject({ class: z.string().min(1, { error: 'it is empty' }) }),
    servers: z
      .number()
      .int({ error: 'write a whole number' })
      .min(1, { error: 'without a server nothing runs' })
      .describe('Servers that may run at one time, of one model'),
    substitutions: z.array(substitution).describe('Runtimes that may stand in for the one a release pins; each use shows everywhere'),
    look: duration.describe('Time between looks at an active rollout'),
    lease: duration.describe("How long an unfinished rollout's candidate keeps its traffic without a word from control"),
  })
  .refine(({ look, lease }) => lease >= 2 * look, {
    error: 'a lease shorter than two looks would run out between renewals: make it longer, or look more often',
    path: ['lease'],
  })
  .transform(
    ({ gpu, servers, look, lease, ...same }): Environment => ({
      ...same,
      gpuClass: gpu.class,
      serversMax: servers,
      lookMs: look,
      leaseMs: lease,
    }),
  );
