import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { type Digest, isDigest } from '#core/base/digest.ts';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { isModelName } from '#core/base/names.ts';
import type { Wishes } from '#core/ports/control.ts';
import type { Desired, Intervention } from '#core/rollout/known.ts';
import { writeAtomically } from '../files/atomic.ts';

/** Desired and interventions as files of a folder (or of a Git work tree): `desired/<model>.yaml`, `interventions/<model>/<id>.json`. */
export function folderWishes(home: string): Wishes & {
  writeDesired(desired: Desired): void;
  writeIntervention(intervention: Intervention): void;
} {
  const desiredFolder = join(home, 'desired');
  const interventionsFolder = join(home, 'interventions');

  return {
    async models() {
      return list(desiredFolder)
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => name.slice(0, -'.yaml'.length))
        .filter(isModelName);
    },
    async desired(model) {
      const file = join(desiredFolder, `${model}.yaml`);
      return existsSync(file) ? readAs(file, desiredShape, parse) : 'none';
    },
    async interventions(model) {
      const folder = join(interventionsFolder, model);
      const names = list(folder).filter((name) => name.endsWith('.json'));
      return names.map((name) => readAs(join(folder, name), interventionShape, JSON.parse));
    },
    watch(changed) {
      // The watch tells quickly, the poll tells surely: some file systems send no events.
      for (const folder of [desiredFolder, interventionsFolder]) mkdirSync(folder, { recursive: true });
      const seen = new Map<string, number>();
      const look = (): void => {
        for (const [model, at] of changesIn(desiredFolder, interventionsFolder)) {
          if (seen.get(model) !== at) {
            seen.set(model, at);
            changed(model);
          }
        }
      };
      const watchers = [watch(desiredFolder, look), watch(interventionsFolder, { recursive: true }, look)];
      const poll = setInterval(look, 1000);
      poll.unref();
      look();
      return () => {
        clearInterval(poll);
        for (const watcher of watchers) watcher.close();
      };
    },
    writeDesired: (desired) => writeAtomically(join(desiredFolder, `${desired.model}.yaml`), stringify(desired)),
    writeIntervention: (intervention) =>
      writeAtomically(
        join(interventionsFolder, intervention.target, `${intervention.id}.json`),
        `${JSON.stringify(intervention, null, 2)}\n`,
      ),
  };
}

const digestShape = z.custom<Digest>(isDigest, 'must be sha256: and 64 hex digits; a tag or a path can change under us');

const desiredShape: z.ZodType<Desired> = z.strictObject({
  model: z.string(),
  generation: z.int().min(1),
  release: digestShape,
  placement: z.literal('isolated'),
  capacity: z.strictObject({ min: z.int().min(1), max: z.int().min(1) }),
});

const interventionShape: z.ZodType<Intervention> = z.strictObject({
  id: z.string(),
  verb: z.enum(['pause', 'resume', 'advance', 'abort', 'rollback', 'retry']),
  target: z.string(),
  reason: z.string(),
  actor: z.string(),
  at: z.number(),
  expiry: z.number(),
});

function readAs<T>(file: string, shape: z.ZodType<T>, parseText: (text: string) => unknown): T {
  try {
    return shape.parse(parseText(readFileSync(file, 'utf8')));
  } catch (cause) {
    const says = cause instanceof z.ZodError ? z.prettifyError(cause) : wordsOf(cause);
    throw new Fault('wishes/unreadable', `${file}: ${says}`, { isRetryable: true, cause });
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (thrown) {
    // Not there, or gone a moment ago: nothing is wished for.
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return [];
    throw new Fault('wishes/unreadable', `${folder}: ${wordsOf(thrown)}`, { isRetryable: true, cause: thrown });
  }
}

/** Model and a number that changes whenever one of its files does. */
function changesIn(desiredFolder: string, interventionsFolder: string): Map<string, number> {
  const changes = new Map<string, number>();
  const add = (model: string, path: string): void => {
    const at = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    changes.set(model, (changes.get(model) ?? 0) + at);
  };
  for (const name of list(desiredFolder)) if (name.endsWith('.yaml')) add(name.slice(0, -'.yaml'.length), join(desiredFolder, name));
  for (const model of list(interventionsFolder)) add(model, join(interventionsFolder, model));
  return changes;
}
