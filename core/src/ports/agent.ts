import type { Digest } from '../base/digest.ts';
import type { ModelName } from '../base/names.ts';
import type { Ms } from '../base/time.ts';
import type { Contract } from '../contract/contract.ts';
import type { InferRequest, InferResponse } from '../kserve/tensor.ts';
import type { GoldenSet } from '../release/golden.ts';
import type { ClassParts, PartDigest } from '../release/release.ts';
import type { PoolId } from '../signals/sample.ts';
import type { Clock, Journal } from './control.ts';
import type { PoolTarget } from './targets.ts';

/** A release on this node's disk: every byte was verified while it was written, published by one rename, read-only since. */
export type Materialised = {
  /** The model repository's folder, for a server to read. */
  readonly repository: string;
  readonly parts: ClassParts;
  readonly contract: Contract;
  readonly golden: GoldenSet;
  /** Each model's `config.pbtxt` as packed; the release's own model is one of them. */
  readonly configTexts: Readonly<Record<ModelName, string>>;
};

export type Artifacts = {
  /** Fetches, verifies and unpacks; at once when it is there already. Throws a Fault: `registry/…` (retryable or not), `artifact/corrupt`. */
  materialise(target: PoolTarget): Promise<Materialised>;
  /** Digests of the parts as they are on disk now, read again: what drift and verification go by. */
  observe(target: PoolTarget): Promise<{ artifact: PartDigest; processing: PartDigest; engine: PartDigest; versions: string[] }>;
  /** Golden set of a release, without its weights. */
  golden(release: Digest): Promise<GoldenSet>;
};

/** How a started process ended. `says` holds the last lines it wrote, in its own words. */
export type Exit = { readonly code: number | null; readonly signal: string | null; readonly says: string };

/** One Triton process: ours or the real one. */
export type Running = {
  readonly incarnation: string;
  /** Base URLs, on loopback. */
  readonly http: string;
  readonly metrics: string;
  readonly exited: Promise<Exit>;
  /** The last lines of its log: the only place that explains a poll failure. */
  tail(lines: number): string[];
  /** Ends it: asks, waits for requests under way, then insists after `graceMs`. */
  stop(graceMs: Ms): Promise<void>;
};

export type ServerSpec = { readonly id: string; readonly repository: string; readonly model: ModelName };

/** What servers run on. Two adapters: `embedded` (ours, for rehearsal) and `tritonserver` (the real binary). */
export type Runtime = {
  readonly name: 'embedded' | 'tritonserver';
  /** Starts a server in control mode none with exit-on-error false and auto-complete off. Returns once the process runs, not once it is ready. */
  start(spec: ServerSpec): Promise<Running>;
};

/** A model as the repository index lists it; a model that failed to poll has a name only. */
export type IndexEntry = { readonly name: string; readonly version?: string; readonly state?: string; readonly reason?: string };

/**
 * Totals of one server's metrics for one model, over its versions; of waiting, with the models that it runs: an ensemble has no queue of
 * its own that counts. Counters restart with the server.
 */
export type ServerCounters = {
  readonly succeeded: number;
  readonly failed: number;
  readonly queueUs: number;
  readonly pending: number;
};

/** An answer to an inference request: right, or refused in the server's words. Throws a Fault (`triton/…`) when there was no answer. */
export type Answer = { readonly status: number } & ({ readonly response: InferResponse } | { readonly error: string });

/** A server's own protocol (KServe v2 with Triton's extensions), as a client sees it. Base URLs are given on each call. */
export type Triton = {
  /** False while the port is closed: Triton opens it only after its models have loaded. */
  isLive(http: string): Promise<boolean>;
  metadata(http: string): Promise<{ name: string; version: string; extensions: string[] }>;
  isModelReady(http: string, model: ModelName, version: string): Promise<boolean>;
  index(http: string): Promise<IndexEntry[]>;
  /** The effective configuration, as JSON. */
  config(http: string, model: ModelName): Promise<unknown>;
  infer(http: string, model: ModelName, request: InferRequest, patienceMs: Ms): Promise<Answer>;
  counters(metrics: string, model: ModelName, runs?: readonly ModelName[]): Promise<ServerCounters>;
};

/** One proven server that gateways may send traffic to. */
export type Endpoint = {
  readonly server: string;
  readonly incarnation: string;
  readonly model: ModelName;
  readonly pool: PoolId;
  readonly http: string;
};

/** The fast feed to the gateways: which servers are there and proven. Each publication is the whole list of this agent. */
export type Endpoints = { publish(endpoints: readonly Endpoint[]): Promise<void> };

/** Sends trial requests through a gateway to a named pool. */
export type TrialSender = {
  infer(model: ModelName, pool: PoolId, request: InferRequest, patienceMs: Ms): Promise<Answer>;
};

/** What an agent keeps across its own restarts: the targets it accepted, with their generation. */
export type AgentMemory = {
  load(): Promise<readonly AcceptedTargets[]>;
  store(targets: AcceptedTargets): Promise<void>;
};

export type AcceptedTargets = {
  readonly model: ModelName;
  readonly poolsGeneration: number;
  readonly pools: readonly PoolTarget[];
};

/** Everything that an agent touches. */
export type AgentWorld = {
  readonly node: string;
  readonly clock: Clock;
  readonly artifacts: Artifacts;
  readonly runtime: Runtime;
  readonly triton: Triton;
  readonly endpoints: Endpoints;
  readonly trials: TrialSender;
  readonly memory: AgentMemory;
  readonly journal: Journal;
  /** 0 ≤ x < 1; seeded in the simulator. */
  dice(): number;
  log(line: string): void;
};
