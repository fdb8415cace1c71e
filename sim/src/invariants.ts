import { type Entry, faultsOf } from '#core/journal/chain.ts';
import type { GatewaySeen } from '#core/rollout/known.ts';
import { isLive, type ModelState } from '#core/rollout/state.ts';
import { targets } from '#core/rollout/targets.ts';
import type { ImaginedWorld } from './imagined-world.ts';

/** What the simulator saw in one step, and in the one before. */
export type Moment = {
  readonly world: ImaginedWorld;
  readonly before: ModelState;
  readonly state: ModelState;
  /** Client requests answered in this step, by pool. */
  readonly answered: Readonly<Record<string, number>>;
  /** The gateways as they truly are. */
  readonly gateways: readonly GatewaySeen[];
};

/** Always true; says what is wrong when it is not. */
export type Invariant = { readonly name: string; readonly broken: (moment: Moment) => string | undefined };

export const invariants: readonly Invariant[] = [
  {
    name: 'no bad release becomes stable',
    broken: ({ world, state }) => {
      const cast = state.stable === 'none' ? undefined : world.casts.get(state.stable.release);
      return cast?.isBad ? `${cast.name} is stable` : undefined;
    },
  },
  {
    name: 'weights sum to 100, or there is no split',
    broken: ({ world }) => {
      const wrong = world.applied.find(({ route }) => {
        if (route === 'none' || route.split === 'none') return false;
        return Object.values(route.split).reduce((sum, weight) => sum + weight, 0) !== 100;
      });
      return wrong && JSON.stringify(wrong);
    },
  },
  {
    name: 'traffic goes only to servers that answer rightly',
    broken: ({ world, answered }) => {
      const wrong = world.servers.running().find(({ id, model }) => {
        const pool = id.split('/')[1] ?? '';
        const cast = [...world.casts.values()].find(({ release }) => release.model === model);
        return (
          (answered[pool] ?? 0) > 0 && (cast?.isLoadedWrong === true || cast?.isConfiguredWrong === true || cast?.refuses !== undefined)
        );
      });
      return wrong && `${wrong.id} got client traffic unproven`;
    },
  },
  {
    name: 'a pool that answers clients is one that the committed state asks for',
    broken: ({ before, state, answered }) => {
      const asked = new Set([...targets(before).pools, ...targets(state).pools].map(({ pool }) => pool));
      const stray = Object.keys(answered).find((pool) => !asked.has(pool));
      return stray && `${stray} answered ${answered[stray]} requests`;
    },
  },
  {
    name: 'generations and journal never go back',
    broken: ({ before, state }) => {
      if (state.generation < before.generation) return `generation ${before.generation} became ${state.generation}`;
      return state.journal.seq < before.journal.seq ? `seq ${before.journal.seq} became ${state.journal.seq}` : undefined;
    },
  },
  {
    name: 'no gateway goes back to an older generation, however late a write comes',
    broken: ({ world, gateways }) => {
      const older = gateways.find(({ incarnation, accepted }) => accepted < (world.served.get(incarnation) ?? 0));
      for (const { incarnation, accepted } of gateways) world.served.set(incarnation, accepted);
      return older && `${older.gateway} went back to ${older.accepted}`;
    },
  },
  {
    name: 'weight 0 means that every gateway has taken it, or was silent for longer than its lease',
    broken: ({ world, before, state, gateways }) => {
      const { rollout } = before;
      if (rollout === 'none' || !(isLive(rollout) || rollout.stage === 'rollback')) return undefined;
      const isBack = state.rollout === 'none' ? state.tried[0]?.end !== 'done' : state.rollout.stage === 'previous-good';
      const leaseMs = isLive(rollout)
        ? rollout.facts.policy.leaseMs
        : rollout.leaseMs === 'none'
          ? Number.POSITIVE_INFINITY
          : rollout.leaseMs;
      const newest = isLive(rollout) ? before.generation + 1 : before.generation;
      const behind = gateways.find(({ accepted, heardAt }) => accepted < newest && world.clock.now() - heardAt <= leaseMs);
      return isBack && behind ? `${behind.gateway} serves ${behind.accepted}, the rollback is ${newest}` : undefined;
    },
  },
  {
    name: 'without control an unfinished candidate gets nothing once its lease has run out',
    broken: ({ world, state: { rollout }, answered }) => {
      if (rollout === 'none' || !isLive(rollout)) return undefined;
      const silentMs = world.clock.now() - world.controlSeenAt;
      const share = answered[rollout.candidate.pool] ?? 0;
      return silentMs > rollout.facts.policy.leaseMs + 200 && share > 0 ? `${share} requests after ${silentMs} ms` : undefined;
    },
  },
  {
    name: 'stable is always among the pools, whatever is under way',
    broken: ({ state }) => {
      const { stable } = state;
      return stable !== 'none' && !targets(state).pools.some(({ pool }) => pool === stable.pool) ? stable.pool : undefined;
    },
  },
  {
    name: 'no bug parks a model',
    broken: ({ world }) => {
      const parked = [...world.controls].filter(({ life }) => !life.isDead).flatMap(({ app }) => [...app.parked.values()]);
      return parked[0];
    },
  },
];

/** What must be so of the whole journal at the end: unbroken, complete, and every promotion with evidence that passed. */
export function journalFaults(entries: readonly Entry[], state: ModelState): string[] {
  const faults = faultsOf(entries);
  const last = entries.at(-1)?.seq ?? 0;
  if (last !== state.journal.seq) faults.push(`the journal ends at ${last}, the state at ${state.journal.seq}`);
  for (const { seq, code, evidence, actor } of entries) {
    if (actor !== 'control' || (code !== 'gate/passed' && code !== 'rollout/done')) continue;
    const judged = evidence.find(
      (piece): piece is { verdicts: Record<string, { says: string }> } =>
        typeof piece === 'object' && piece !== null && 'verdicts' in piece,
    );
    const against = Object.entries(judged?.verdicts ?? {}).find(([, { says }]) => says !== 'pass');
    if (judged && against) faults.push(`entry ${seq} promotes although gate ${against[0]} says ${against[1].says}`);
    if (!judged && code === 'gate/passed') faults.push(`entry ${seq} promotes without evidence`);
  }
  return faults;
}
