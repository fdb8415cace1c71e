import { z } from 'zod';
import type { Finding } from '../base/finding.ts';
import { readJsonAs } from '../base/read-as.ts';
import type { PartFile } from './part-list.ts';
import type { Release } from './release.ts';
import { isSafePath } from './tar.ts';

/** Reads release.json, or says what is wrong with it. */
export function readRelease(text: string, name: string): { release: Release } | { findings: Finding[] } {
  const read = readJsonAs({ topic: 'release', schema: release }, text, name);
  return 'value' in read ? { release: read.value } : read;
}

/** Reads the list of a part's files, whose digest is the part's. */
export function readPartFiles(text: string, name: string): { files: PartFile[] } | { findings: Finding[] } {
  const read = readJsonAs({ topic: 'release', schema: files }, text, name);
  return 'value' in read ? { files: read.value } : read;
}

const digest = z.templateLiteral(['sha256:', z.string().regex(/^[0-9a-f]{64}$/)]);
const part = z.union([z.literal('absent'), digest]);

const release: z.ZodType<Release> = z.strictObject({
  release: z.literal('conch/v1'),
  model: z.string(),
  contract: digest,
  golden: digest,
  route: digest,
  classes: z.record(
    z.string(),
    z.strictObject({
      artifact: digest,
      config: digest,
      runtime: digest,
      engine: part,
      processing: part,
      versions: z.array(z.string()),
      image: digest,
    }),
  ),
});

const files = z.array(z.strictObject({ path: z.string().refine(isSafePath), digest, size: z.number().int().min(0) }));
