import { resolve } from 'node:path';
import { diskTree } from '#adapters/tree/disk.ts';
import { answered } from '#core/base/asking.ts';
import type { AskedConditions } from '#core/check/read-conditions.ts';
import { type Standing, whatStandsThere } from '#core/check/what-stands-there.ts';
import { repositoryPath } from '#core/release/layout.ts';

/** One path that was typed, and what stands there; `folder` is what its links may not lead out of. */
export type Place = { readonly typed: string; readonly standing: Standing; readonly folder: string };

/** Whole paths are looked at, so that `.` has a name and `..` a meaning. */
export function placeOf(typed: string): Place {
  const path = resolve(typed);
  const standing = answered(whatStandsThere(path), diskTree(path));
  // A fix was written for the whole path; a person gets it for what they typed.
  if (standing.is === 'nothing') return { typed, standing: { ...standing, fix: standing.fix.replaceAll(path, typed) }, folder: path };
  return { typed, standing, folder: standing.is === 'release' ? standing.folder : standing.repository };
}

/** The server's model repositories, so that they can be compared with the places. */
export function withWholePaths(asked: AskedConditions): AskedConditions {
  const { conditions } = asked;
  const repositories = conditions.server.repositories.map((folder) => resolve(folder));
  return { ...asked, conditions: { ...conditions, server: { ...conditions.server, repositories } } };
}

/** The folders of the models at a place. */
export function modelFolders({ standing }: Place): readonly string[] {
  switch (standing.is) {
    case 'nothing':
      return [];
    case 'model':
      return [`${standing.repository}/${standing.model}`];
    case 'repository':
      return standing.models.map((model) => `${standing.repository}/${model}`);
    case 'release':
      return standing.models.map((model) => `${standing.folder}/${repositoryPath}/${model}`);
  }
}
