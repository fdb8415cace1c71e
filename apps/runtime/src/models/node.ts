import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import type { LoadedVersion } from './loaded-version.ts';

/** One version as the index tells it. While it is loaded anew the old one goes on serving. */
export type VersionSlot = {
  readonly version: string;
  state: 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE';
  reason: string;
  loaded: LoadedVersion | undefined;
};

/** A model that the server was told of, loaded or not. */
export type Node = {
  readonly name: string;
  readonly repository: string;
  /** Whether somebody asked for it, and not only an ensemble that runs it. */
  isAsked: boolean;
  /** It is to be loaded: asked for, or run by one that is. */
  isWanted: boolean;
  /** What was loaded last: nothing is done while nothing has changed. */
  loadedSignature: string;
  config: ModelConfigJson | undefined;
  readonly versions: Map<string, VersionSlot>;
  /** Why the last load did not come to a version. */
  failure: string;
  /** It has no version that its policy picks: the index does not tell it at all. */
  isHidden: boolean;
  /** Its folder has gone. */
  isGone: boolean;
};

export const newNode = (name: string, repository: string): Node => ({
  name,
  repository,
  isAsked: false,
  isWanted: false,
  loadedSignature: '',
  config: undefined,
  versions: new Map(),
  failure: '',
  isHidden: false,
  isGone: false,
});

/** Those that answer, the newest first. */
export function readyVersions({ versions }: Node): (VersionSlot & { loaded: LoadedVersion })[] {
  return [...versions.values()]
    .filter((slot): slot is VersionSlot & { loaded: LoadedVersion } => slot.state === 'READY' && slot.loaded !== undefined)
    .sort((a, b) => (BigInt(a.version) < BigInt(b.version) ? 1 : -1));
}

/** Triton's rule for a server that is ready: every version that it knows of serves, or was unloaded on purpose. */
export function isSettled({ versions, isGone }: Node): boolean {
  const slots = [...versions.values()];
  if (isGone) return slots.every(({ state }) => state === 'UNAVAILABLE');
  const isGood = ({ state, reason, loaded }: VersionSlot): boolean =>
    (state === 'READY' && loaded?.isReady === true) || (state === 'UNAVAILABLE' && reason === 'unloaded');
  return slots.length > 0 && slots.every(isGood);
}

/** Models that the steps of an ensemble run. */
export const stepModels = ({ ensemble_scheduling: ensemble }: ModelConfigJson): string[] => [
  ...new Set((ensemble?.step ?? []).map(({ model_name: name = '' }) => name)),
];
