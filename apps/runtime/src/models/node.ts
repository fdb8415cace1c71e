import type { ModelConfigJson } from '#core/pbtxt/model-config.ts';
import { Refused } from '../server/refused.ts';
import type { LoadedVersion } from './loaded-version.ts';
import { type ModelId, printedId } from './model-id.ts';
import type { Good } from './poll.ts';

/** One version as the index tells it. While it is loaded anew the old one goes on serving. */
export type VersionSlot = {
  readonly version: string;
  state: 'LOADING' | 'READY' | 'UNLOADING' | 'UNAVAILABLE';
  reason: string;
  loaded: LoadedVersion | undefined;
};

/** A model that the server was told of, loaded or not. */
export type Node = {
  readonly id: ModelId;
  /** Whether somebody asked for it, and not only an ensemble that runs it. */
  isAsked: boolean;
  /** It is to be loaded: asked for, or run by one that is. */
  isWanted: boolean;
  /** As it was read last. */
  polled: Good;
  /** Of what was read last, unless that did not load: nothing is done while nothing has changed. */
  signature: string;
  /** What an ensemble runs, by the names in its steps; undefined where there is no such model, or nobody can say which. */
  steps: ReadonlyMap<string, Node | undefined>;
  /** Nothing that it depends on has changed since it was last loaded, or found not to fit together. */
  isJudged: boolean;
  /** Why it does not fit together with what it runs; '' when it does. */
  flaw: string;
  /** What it runs makes an ensemble decoupled, whatever it says itself. */
  isDecoupled: boolean;
  /** Why the last load did not come to a version; '' when it did. */
  failure: string;
  /** A load of it was begun once. From then on it counts for whether the server is ready. */
  isBegun: boolean;
  readonly versions: Map<string, VersionSlot>;
};

export const newNode = (polled: Good): Node => ({
  id: polled.id,
  isAsked: false,
  isWanted: false,
  polled,
  signature: '',
  steps: new Map(),
  isJudged: false,
  flaw: '',
  isDecoupled: false,
  failure: '',
  isBegun: false,
  versions: new Map(),
});

/** Those that answer, the newest first. */
export function readyVersions({ versions }: Node): (VersionSlot & { loaded: LoadedVersion })[] {
  return [...versions.values()]
    .filter((slot): slot is VersionSlot & { loaded: LoadedVersion } => slot.state === 'READY' && slot.loaded !== undefined)
    .sort((a, b) => (BigInt(a.version) < BigInt(b.version) ? 1 : -1));
}

/** The version asked for, or the newest. Throws Refused in Triton's words. */
export function servingVersion(node: Node, version: string): LoadedVersion {
  const id = printedId(node.id);
  if (!node.isBegun) throw unknown(`'${id}' is not found`);
  if (version === '') {
    const [newest] = readyVersions(node);
    if (!newest) throw unknown(`'${id}' has no available versions`);
    return newest.loaded;
  }
  const slot = node.versions.get(version);
  if (!slot) throw unknown(`'${id}' version ${version} is not found`);
  if (slot.state !== 'READY' || !slot.loaded)
    throw new Refused('Unavailable', `Request for unknown model: '${id}' version ${version} is not at ready state`);
  return slot.loaded;
}

export const unknown = (what: string): Refused => new Refused('Not found', `Request for unknown model: ${what}`);

/** Triton's rule for a server that is ready: every version that it knows of serves, or was unloaded on purpose. */
export function isSettled({ isBegun, versions }: Node): boolean {
  const isGood = ({ state, reason, loaded }: VersionSlot): boolean =>
    (state === 'READY' && loaded?.isReady === true) || (state === 'UNAVAILABLE' && reason === 'unloaded');
  return !isBegun || (versions.size > 0 && [...versions.values()].every(isGood));
}

/** Triton writes into an ensemble's configuration where it found the models that it runs, and whether they make it decoupled. */
export function linkedConfig(config: ModelConfigJson, { steps, isDecoupled }: Pick<Node, 'steps' | 'isDecoupled'>): ModelConfigJson {
  if (!config.ensemble_scheduling) return config;
  const linked = (config.ensemble_scheduling.step ?? []).map((step) => ({
    ...step,
    model_namespace: steps.get(step.model_name ?? '')?.id.namespace ?? '',
  }));
  return {
    ...config,
    ensemble_scheduling: { ...config.ensemble_scheduling, step: linked },
    model_transaction_policy: isDecoupled ? { decoupled: true } : {},
  };
}

/** Models that the steps of an ensemble run. */
export const stepModels = ({ ensemble_scheduling: ensemble }: ModelConfigJson): string[] => [
  ...new Set((ensemble?.step ?? []).map(({ model_name: name = '' }) => name)),
];
