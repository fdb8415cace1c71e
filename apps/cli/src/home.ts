import { mkdirSync, realpathSync } from 'node:fs';
import { Fault, wordsOf } from '#core/base/fault.ts';
import { basename, dirname, join, relative } from 'node:path';

/** The one folder that holds all state of a local world, and what is where in it. */
export type Home = {
  readonly folder: string;
  readonly environment: string;
  readonly store: string;
  readonly control: string;
  readonly journal: string;
  readonly run: string;
  readonly logs: string;
};

export function homeAt(folder: string): Home {
  const real = realFolder(folder);
  return {
    folder: real,
    environment: join(real, 'environment.yaml'),
    store: join(real, 'store'),
    control: join(real, 'control.sqlite'),
    journal: join(real, 'journal.sqlite'),
    run: join(real, 'run'),
    logs: join(real, 'logs'),
  };
}

export function makeHome({ folder, run, logs }: Home): void {
  try {
    for (const one of [folder, run, logs]) mkdirSync(one, { recursive: true });
  } catch (cause) {
    throw new Fault('home/unwritable', `${named(folder)} cannot be a home: ${wordsOf(cause)}; give another --home`, {
      isRetryable: false,
      cause,
    });
  }
}

/** How a person would name the folder here: the shorter way from where they are. */
export function named(folder: string): string {
  const short = relative(process.cwd(), folder);
  return short !== '' && !short.startsWith('..') ? short : folder;
}

/** ` --home X`, where it has to be said. */
export function homeFlag({ folder }: Home): string {
  return named(folder) === '.conch' ? '' : ` --home ${named(folder)}`;
}

/** Processes are recognised by the home that they were started with, so one folder must have one name. */
function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // Not there yet: it will be below the folder above it.
    return dirname(folder) === folder ? folder : join(realFolder(dirname(folder)), basename(folder));
  }
}
