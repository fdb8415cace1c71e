import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { z } from 'zod';
import type { Home } from './home.ts';
import { type Process, processesOf, processTable } from './process-table.ts';

/** The processes of a local world. */
export const kinds = ['gateway', 'agent', 'control'] as const;
export type Kind = (typeof kinds)[number];

/** `run/*.json`: a process says what it is and where it is found. */
export type Announced = {
  readonly kind: Kind;
  readonly id: string;
  readonly incarnation: string;
  readonly pid: number;
  /** Where clients, people and control reach it. */
  readonly client?: string | undefined;
  readonly admin?: string | undefined;
  readonly url?: string | undefined;
  readonly startedAt: number;
  readonly file: string;
};

/** `silent`: the process is there, but it does not answer. */
export type Present = Announced & { readonly is: 'answering' | 'silent' };

const announced = z.object({
  kind: z.enum(kinds),
  id: z.string(),
  incarnation: z.string(),
  pid: z.int().positive(),
  client: z.string().exactOptional(),
  admin: z.string().exactOptional(),
  url: z.string().exactOptional(),
  startedAt: z.number(),
});

/** What runs in this home. What is announced and does not run any more is cleaned away: a pid alone proves nothing, it may be another's by now. */
export async function present(home: Home, { cleans }: { cleans: boolean }): Promise<Present[]> {
  const mine = processesOf(home, processTable());
  const seen = await Promise.all(
    announcements(home).map(async (one): Promise<Present | 'gone'> => {
      const health = await healthOf(one);
      if (health === one.incarnation) return { ...one, is: 'answering' };
      if (mine.some((running) => running.pid === one.pid && isKind(running, one.kind))) {
        return { ...one, is: isFresh(one) ? 'answering' : 'silent' };
      }
      // Read again: meanwhile a new process may have announced itself under the same name.
      if (cleans && announcements(home).some(({ file, incarnation }) => file === one.file && incarnation === one.incarnation)) {
        rmSync(one.file, { force: true });
      }
      return 'gone';
    }),
  );
  return seen.filter((one) => one !== 'gone').sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
}

function announcements({ run }: Home): Announced[] {
  return filesIn(run).flatMap((name) => {
    const file = join(run, name);
    try {
      const read = announced.safeParse(JSON.parse(readFileSync(file, 'utf8')));
      return read.success ? [{ ...read.data, file }] : [];
    } catch {
      return []; // gone since it was listed, or not ours
    }
  });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

function isKind({ args }: Process, kind: Kind): boolean {
  return args.some((arg) => arg.endsWith(`apps/${kind}/src/main.ts`));
}

function placeOf({ admin, url }: Announced): string | undefined {
  return admin ?? url;
}

/** Control has no port: it touches its announcement every second. */
function isFresh(one: Announced): boolean {
  if (placeOf(one) !== undefined) return false;
  return Date.now() - (statSync(one.file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < heartbeatMaxMs;
}

const heartbeatMaxMs = 5000;

/** The incarnation that answers there; 'none' when nothing does. */
async function healthOf(one: Announced): Promise<string | 'none'> {
  const place = placeOf(one);
  if (place === undefined) return 'none';
  try {
    const { body } = await request(`${place}/v1/health`, { headersTimeout: 1000, bodyTimeout: 1000 });
    const { incarnation } = (await body.json()) as { incarnation?: unknown };
    return typeof incarnation === 'string' ? incarnation : 'none';
  } catch {
    return 'none';
  }
}
