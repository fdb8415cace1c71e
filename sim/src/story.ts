import type { FakeReleaseChoices } from '#adapters/artifacts/fake.ts';
import type { Ms } from '#core/base/time.ts';

/** How a release treats real client traffic, which no trial shows. */
export type Temper = { readonly errors: number; readonly late: number };

/** A release of a story: what it is, and whether it may ever become stable. */
export type Cast = FakeReleaseChoices & { readonly temper?: Temper; readonly isBad?: boolean };

/** What goes wrong, how often. Chances are per second of the chaotic time, or per call; all are seeded. */
export type Chaos = {
  readonly forMs: Ms;
  /** Control is killed: by the second, and at each write, before or after it happened. It comes back within `downMs`. */
  readonly controlKilled: number;
  readonly controlKilledAtWrite: number;
  readonly downMs: Ms;
  /** A second control runs beside the first for a while: the leader that nobody told. */
  readonly twoControls: number;
  readonly agentKilled: number;
  readonly serverCrashed: number;
  readonly gatewaySilent: number;
  readonly gatewayRestarted: number;
  readonly writeLost: number;
  readonly writeLate: number;
  readonly readStale: number;
  readonly readFails: number;
  readonly storeFails: number;
  readonly journalFails: number;
  readonly fetchMs: Ms;
};

export const calm: Chaos = {
  forMs: 0,
  controlKilled: 0,
  controlKilledAtWrite: 0,
  downMs: 3000,
  twoControls: 0,
  agentKilled: 0,
  serverCrashed: 0,
  gatewaySilent: 0,
  gatewayRestarted: 0,
  writeLost: 0,
  writeLate: 0,
  readStale: 0,
  readFails: 0,
  storeFails: 0,
  journalFails: 0,
  fetchMs: 200,
};

/** Load, faults and what must be so at the end. */
export type Story = {
  readonly name: string;
  readonly says: string;
  /** Promoted one after the other, each when the one before has settled. */
  readonly releases: readonly Cast[];
  readonly perSecond: number;
  readonly gateways: number;
  readonly chaos: Chaos;
  /** Ends that are right for the last release; others are violations. */
  readonly ends: readonly string[];
  /** Whether no client request may fail but those that a bad release answered. */
  readonly isLossless: boolean;
  /** How long answers to clients take, as it was recorded, one after the other from a seeded place on; 2 to 8 ms when not given. */
  readonly durationsMs?: readonly number[];
};
