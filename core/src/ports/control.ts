import type { Digest } from '../base/digest.ts';
import type { Finding } from '../base/finding.ts';
import type { ModelName } from '../base/names.ts';
import type { Ms } from '../base/time.ts';
import type { Entry } from '../journal/chain.ts';
import type { Desired, GatewaySeen, Intervention, PartsSeen, Server, TrialResult } from '../rollout/known.ts';
import type { ModelState } from '../rollout/state.ts';
import type { GatewaySample, ServerSample } from '../signals/sample.ts';
import type { PoolTarget, RouteTarget, TrialTarget } from './targets.ts';

/** Time and waiting; virtual in the simulator. */
export type Clock = {
  now(): Ms;
  /** Resolves after so long, or at once when the signal aborts. */
  sleep(ms: Ms, signal?: AbortSignal): Promise<void>;
};

/** Tells which models something changed for, so that an idle model costs nothing. Returns what ends the watch. */
export type Watch = { watch(changed: (model: ModelName) => void): () => void };

/** What Git says, and what people did beside it: files locally, objects in Kubernetes. */
export type Wishes = Watch & {
  models(): Promise<ModelName[]>;
  desired(model: ModelName): Promise<Desired | 'none'>;
  interventions(model: ModelName): Promise<Intervention[]>;
};

/** A state and the store's own revision of it; 0: nothing was stored yet. */
export type Stored = { readonly state: ModelState; readonly revision: number };

/** Rollout state, one value per model, by compare-and-swap. */
export type Store = {
  models(): Promise<ModelName[]>;
  load(model: ModelName): Promise<Stored | 'none'>;
  /** Durable before it returns. 'conflict': someone else committed since `revision`; look again. */
  commit(state: ModelState, revision: number): Promise<{ revision: number } | 'conflict'>;
};

/** The append-only record. Appending the same (writer, seq) again changes nothing; another entry under it is a fault. */
export type Journal = {
  append(entries: readonly Entry[]): Promise<void>;
  read(query: { writer?: string; after?: number; limit?: number }): Promise<Entry[]>;
};

/** Pools and the servers in them. Receivers refuse a generation older than the newest they have seen. */
export type Fleet = Watch & {
  apply(model: ModelName, pools: readonly PoolTarget[], generation: number): Promise<void>;
  servers(model: ModelName): Promise<Server[]>;
  samples(model: ModelName): Promise<ServerSample[]>;
};

export type Trials = Watch & {
  apply(model: ModelName, trials: readonly TrialTarget[], generation: number): Promise<void>;
  results(model: ModelName): Promise<TrialResult[]>;
};

export type TrafficCapability = 'weights' | 'leases' | 'counts' | 'trials' | 'observed-generation';

/** Gateways: weights out, accepted generation and counts back. Applying the same route again renews its lease and nothing else. */
export type Traffic = Watch & {
  readonly capabilities: readonly TrafficCapability[];
  apply(model: ModelName, route: RouteTarget | 'none', generation: number): Promise<void>;
  gateways(model: ModelName): Promise<GatewaySeen[]>;
  samples(model: ModelName): Promise<GatewaySample[]>;
};

/** Releases by digest, as control needs them: facts and findings, never the weights. Verified before they are believed. */
export type Releases = {
  parts(release: Digest): Promise<PartsSeen>;
  findings(release: Digest): Promise<Finding[]>;
};

/** Everything that control touches. The simulator builds another one. */
export type ControlWorld = {
  readonly clock: Clock;
  readonly wishes: Wishes;
  readonly store: Store;
  readonly journal: Journal;
  readonly fleet: Fleet;
  readonly trials: Trials;
  readonly traffic: Traffic;
  readonly releases: Releases;
  /** One line for people and logs. */
  log(line: string): void;
};
