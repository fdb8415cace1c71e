import type { Digest } from '../base/digest.ts';
import type { Facet } from '../base/facet.ts';
import type { Finding } from '../base/finding.ts';
import type { GpuClass, ModelName } from '../base/names.ts';
import type { Reason } from '../base/reason.ts';
import type { Ms } from '../base/time.ts';
import type { Policy } from '../contract/policy.ts';
import type { GoldenScore, LoadScore } from '../gates/gate.ts';
import type { PartDigest, Release } from '../release/release.ts';
import type { PoolId, Sample } from '../signals/sample.ts';

/** How many servers an arm may have. */
export type Capacity = { readonly min: number; readonly max: number };

/** What Git says about one model in one environment. `generation` counts its changes. */
export type Desired = {
  readonly model: ModelName;
  readonly generation: number;
  readonly release: Digest;
  readonly placement: 'isolated';
  readonly capacity: Capacity;
};

/** What a person did against or beside desired. Each verb is obeyed once, by id, before it expires. */
export type Intervention = {
  readonly id: string;
  readonly verb: 'pause' | 'resume' | 'advance' | 'abort' | 'rollback' | 'retry';
  readonly target: ModelName;
  readonly reason: string;
  readonly actor: string;
  readonly at: Ms;
  readonly expiry: Ms;
};

/** What the rollout needs to know of a release, once every part of it was found by digest and verified. */
export type ReleaseFacts = {
  readonly release: Digest;
  readonly model: ModelName;
  readonly gpuClass: GpuClass;
  readonly serving: Digest;
  readonly parts: Release;
  readonly policy: Policy;
};

export type PartsSeen =
  | { readonly is: 'present'; readonly facts: ReleaseFacts }
  | { readonly is: 'missing' | 'corrupt'; readonly why: Reason };

/** What a server is made of, as seen on it and not as it was asked for. Same names as the parts of a release. */
export type Observed = {
  readonly artifact: PartDigest;
  readonly config: PartDigest;
  /** `GET /v2` of the server: its own name and version. */
  readonly runtime: { readonly name: string; readonly version: string };
  readonly engine: PartDigest;
  readonly processing: PartDigest;
  readonly versions: readonly string[];
};

export type ServerState =
  | { readonly is: 'starting'; readonly says: string }
  | { readonly is: 'proven'; readonly at: Ms; readonly observed: Observed }
  /** `fetch`: bytes could not be had; `load`: the runtime refused; `proof`: it answers, but not as it must; `crash`: it ended. */
  | { readonly is: 'failed'; readonly kind: 'fetch' | 'load' | 'proof' | 'crash'; readonly why: Reason; readonly isFinal: boolean };

/** One Triton process. `incarnation` changes with every start of it. */
export type Server = {
  readonly id: string;
  readonly incarnation: string;
  readonly node: string;
  readonly model: ModelName;
  readonly pool: PoolId;
  readonly serving: Digest;
  readonly gpuClass: GpuClass;
  readonly state: ServerState;
  readonly restarts: number;
  /** Base URL for inference, once it is proven. */
  readonly http: string | 'none';
  /** What stands in for the runtime that the release pins, or 'none'. Never silent. */
  readonly substitution: string | 'none';
};

export type TrialId = string;

export type TrialResult = {
  readonly id: TrialId;
  readonly model: ModelName;
  readonly pool: PoolId;
  /** Requests that went out, answered or not. */
  readonly sent: number;
  readonly at: Ms;
  readonly outcome:
    | { readonly is: 'running' }
    | { readonly is: 'golden'; readonly score: GoldenScore }
    | { readonly is: 'load'; readonly score: LoadScore }
    | { readonly is: 'broken'; readonly why: Reason };
};

/** One gateway, as control last heard it. */
export type GatewaySeen = {
  readonly gateway: string;
  readonly incarnation: string;
  readonly heardAt: Ms;
  /** The generation of this model's route that it serves by now; 0 when it has none. */
  readonly accepted: number;
  /** Requests under way, trials included, by pool. */
  readonly inFlight: Readonly<Record<PoolId, number>>;
};

export type Known = {
  readonly desired: Desired | 'none';
  readonly interventions: readonly Intervention[];
  /** By release digest: those that the state or desired name. */
  readonly parts: Readonly<Record<Digest, PartsSeen>>;
  readonly findings: Readonly<Record<Digest, readonly Finding[]>>;
  readonly servers: readonly Server[];
  readonly trials: readonly TrialResult[];
  readonly gateways: readonly GatewaySeen[];
  readonly samples: readonly Sample[];
};

/** Everything that one decision is made from. */
export type Seen = { readonly [K in keyof Known]: Facet<Known[K]> };
