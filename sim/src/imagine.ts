import type { Digest } from '#core/base/digest.ts';
import { emptyState, type ModelState } from '#core/rollout/state.ts';
import { type ImaginedWorld, imaginedWorld } from './imagined-world.ts';
import { invariants, journalFaults } from './invariants.ts';
import type { Story } from './story.ts';

/** How one telling of a story went. `violations` is empty when everything held. */
export type Telling = {
  readonly seed: number;
  readonly violations: readonly string[];
  /** How the trip of each release ended, in order: done, rejected, rolled-back, …, paused, unsettled. */
  readonly ends: readonly string[];
  readonly requests: number;
  readonly failed: number;
  readonly log: readonly string[];
};

const stepMs = 100;
/** A release that has not settled so long after the chaos never will. */
const patienceMs = 120_000;
const model = 'digits';

/** Tells a story once, with one seed: the same seed tells the same story again. */
export async function imagine(story: Story, seed: number): Promise<Telling> {
  const world = imaginedWorld(story, seed);
  const violations = new Set<string>();
  const ends: string[] = [];
  const count = { requests: 0, failed: 0 };
  let state = emptyState(model);
  let revision = 0;
  let hadStable = false;

  world.startAgent();
  world.startControl(story.chaos.controlKilledAtWrite);
  for (const [index, digest] of [...world.casts.keys()].entries()) {
    const generation = index + 1;
    world.wishes.want({ model, generation, release: digest, placement: 'isolated', capacity: { min: 1, max: 1 } });
    const began = world.clock.now();
    for (;;) {
      const age = world.clock.now() - began;
      const isChaotic = age < story.chaos.forMs;
      world.setChaos(isChaotic);
      if (isChaotic) misbehave(world, story);
      else calmDown(world);
      keepAlive(world, story);
      await world.clock.advance(stepMs);
      if (world.controls.size > 0) world.controlSeenAt = world.clock.now();
      const before = state;
      if (world.store.revisionOf(model) !== revision) {
        revision = world.store.revisionOf(model);
        const stored = await world.store.load(model);
        state = stored === 'none' ? state : stored.state;
      }
      const gateways = await world.gateways.gateways(model);
      const answered = drive(world, story, count, hadStable, violations);
      hadStable ||=
        state.stable !== 'none' &&
        state.rollout === 'none' &&
        (await world.gateways.gateways(model)).every(({ accepted }) => accepted >= state.generation);
      for (const { name, broken } of invariants) {
        const how = broken({ world, before, state, answered, gateways });
        if (how && ![...violations].some((known) => known.startsWith(name))) violations.add(`${name}: ${how}`);
      }
      const end = endOf(state, generation, digest);
      if (!isChaotic && end !== 'under way') {
        ends.push(end);
        break;
      }
      if (age > story.chaos.forMs + patienceMs) {
        ends.push('unsettled');
        violations.add(`unsettled: ${state.rollout === 'none' ? 'at rest' : state.rollout.stage} after ${age} ms`);
        break;
      }
    }
    world.applied.length = 0;
  }
  await world.clock.advance(2000);
  const stored = await world.store.load(model);
  const entries = await world.journal.read({ writer: `control/${model}` });
  if (stored !== 'none') for (const fault of journalFaults(entries, stored.state)) violations.add(fault);
  const last = ends.at(-1) ?? 'nothing';
  if (!story.ends.includes(last)) violations.add(`the last release ended '${last}', right would be ${story.ends.join(' or ')}`);
  for (const process of [...world.controls]) process.end();
  world.killAgent();
  return { seed, violations: [...violations], ends, ...count, log: world.log };
}

/** Client traffic of one step. A failure that no bad release and no dead server explains is ours. */
function drive(
  world: ImaginedWorld,
  story: Story,
  count: { requests: number; failed: number },
  hadStable: boolean,
  violations: Set<string>,
): Record<string, number> {
  let spoiled = 0;
  const driven = world.gateways.drive(model, story.perSecond, stepMs, (server) => {
    const reply = world.reply(server);
    if (reply !== 'no server' && !reply.ok) spoiled += 1;
    return reply;
  });
  const refused = Object.values(driven.refused).reduce((sum, n) => sum + n, 0);
  count.requests += driven.sent;
  count.failed += driven.failed + (hadStable ? refused : 0);
  const ours = driven.failed - spoiled + (hadStable ? refused : 0);
  if (story.isLossless && ours > 0)
    violations.add(`${ours} client requests failed that no bad release answered (${JSON.stringify(driven.refused)})`);
  return { ...driven.answered };
}

function misbehave(world: ImaginedWorld, { chaos }: Story): void {
  const happens = (perSecond: number): boolean => world.dice() < (perSecond * stepMs) / 1000;
  if (happens(chaos.controlKilled)) [...world.controls][0]?.end();
  if (happens(chaos.twoControls)) world.startControl(chaos.controlKilledAtWrite);
  if (happens(chaos.agentKilled)) {
    world.killAgent();
    world.startAgent();
  }
  if (happens(chaos.serverCrashed)) {
    const running = world.servers.running();
    running[Math.floor(world.dice() * running.length)]?.crash('a made-up crash');
  }
  const gateway = world.gateways.ids[Math.floor(world.dice() * world.gateways.ids.length)] ?? '';
  if (happens(chaos.gatewaySilent)) world.gateways.setSilent(gateway, true);
  if (happens(chaos.gatewaySilent * 2)) world.gateways.setSilent(gateway, false);
  if (happens(chaos.writeLate * 5)) world.gateways.lateApply(gateway, world.dice() * 8000);
  if (happens(chaos.writeLate * 10)) world.gateways.lateApply(gateway, 0);
  if (happens(chaos.gatewayRestarted)) world.gateways.restart(gateway);
}

function calmDown(world: ImaginedWorld): void {
  for (const gateway of world.gateways.ids) {
    world.gateways.setSilent(gateway, false);
    world.gateways.lateApply(gateway, 0);
  }
}

/** Someone starts control again: at once, or after a while. */
function keepAlive(world: ImaginedWorld, { chaos }: Story): void {
  if (world.controls.size > 0) return;
  if (chaos.forMs === 0 || world.dice() < stepMs / Math.max(stepMs, chaos.downMs)) world.startControl(chaos.controlKilledAtWrite);
}

function endOf({ rollout, tried, paused, stable }: ModelState, generation: number, digest: Digest): string {
  if (rollout !== 'none') return paused === 'no' ? 'under way' : 'paused';
  const ended = tried.find(({ desired }) => desired === generation);
  if (ended) return ended.end;
  return stable !== 'none' && stable.release === digest ? 'done' : 'under way';
}
