// Rollouts in the imagined world of sim/, with the policy of the digits contract and latencies recorded on real processes.
//   node bench/imagined.ts                  100 of each: A/A, 3 % errors, 30 % errors, all answers late; time is virtual
//   --count 1000   of each      --only aa   one of aa, some-errors, gross-errors, gross-late      --from 1   first seed
//   --after 3      seconds of the first step that go well before the bad release shows itself
//   --stretch 8    recorded times so many times longer, so that good releases come near their limit of 40 ms
//   --made-up      answers take 2 to 8 ms instead of what was recorded (bench/latencies.json)      --out F.json
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fakeContract } from '#adapters/artifacts/fake.ts';
import type { Ms } from '#core/base/time.ts';
import { readContract } from '#core/contract/read-contract.ts';
import { emptyState, isLive, type ModelState } from '#core/rollout/state.ts';
import { imaginedWorld } from '#sim/imagined-world.ts';
import { calm, type Cast, type Story } from '#sim/story.ts';

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    only: { type: 'string' },
    after: { type: 'string', default: '0' },
    stretch: { type: 'string', default: '1' },
    'made-up': { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});
const model = 'digits';
const stepMs = 20;
const lateMs = 40;
/** The deadline of a step is three minutes; nothing takes longer than all of them. */
const patienceMs = 1_200_000;

const contract = digitsContract();
const durationsMs = values['made-up'] ? [] : recorded();
const plain = { gateways: 2, chaos: calm, ends: [], isLossless: true, durationsMs } as const;
const b: Cast = { name: 'b', contract };
const bad = (temper: { errors: number; late: number }): Cast => ({ name: 'bad', contract, isBad: true, temper });
const stories: readonly Story[] = [
  { ...plain, name: 'aa', says: 'B against B again', perSecond: 500, releases: [b, { name: 'b again', contract }] },
  { ...plain, name: 'some-errors', says: '3 % errors', perSecond: 500, releases: [b, bad({ errors: 0.03, late: 0 })] },
  {
    ...plain,
    name: 'gross-errors',
    says: '30 % errors, 20 requests/s to the candidate',
    perSecond: 200,
    releases: [b, bad({ errors: 0.3, late: 0 })],
  },
  {
    ...plain,
    name: 'gross-late',
    says: 'all answers 200 ms late, 20 requests/s to the candidate',
    perSecond: 200,
    releases: [b, bad({ errors: 0, late: 1 })],
  },
];

type Told = {
  readonly seed: number;
  readonly end: string;
  readonly why: string;
  readonly tookMs: Ms;
  readonly sawFullTraffic: boolean;
  /** From the first bad answer to weight 0 in force at every gateway. */
  readonly toZeroMs: Ms | 'never';
  /** Bad answers that clients got. */
  readonly bad: number;
};

const results: Record<string, readonly Told[]> = {};
for (const story of stories.filter(({ name }) => values.only === undefined || values.only === name)) {
  const began = performance.now();
  const told: Told[] = [];
  for (let seed = Number(values.from); told.length < Number(values.count); seed++) told.push(await tell(story, seed));
  results[story.name] = told;
  const ends = Object.entries(Object.groupBy(told, ({ end }) => end)).map(([end, some]) => `${some?.length} ${end}`);
  const zero = told.flatMap(({ toZeroMs }) => (toZeroMs === 'never' ? [] : [toZeroMs])).sort((one, two) => one - two);
  const early = told.filter(({ end, sawFullTraffic }) => end === 'rolled-back' && !sawFullTraffic).length;
  console.log(`${story.name.padEnd(13)} ${story.says}: ${ends.join(', ')} of ${told.length}; ${early} came back before FullTraffic`);
  if (zero.length > 0) {
    const at = (share: number): number => zero[Math.min(zero.length - 1, Math.floor(share * zero.length))] ?? Number.NaN;
    const under = zero.filter((ms) => ms < 2000).length;
    console.log(
      `${' '.repeat(14)}first bad answer to weight 0: median ${at(0.5)} ms, p90 ${at(0.9)}, max ${zero.at(-1)}; ${under} of ${zero.length} under 2 s`,
    );
  }
  console.log(
    `${' '.repeat(14)}${median(told.map(({ tookMs }) => tookMs / 1000))} virtual s each, ${((performance.now() - began) / told.length).toFixed(0)} ms of ours`,
  );
  for (const { seed, end, why } of told.filter(({ end }) => end !== (story.name === 'aa' ? 'done' : 'rolled-back')).slice(0, 5)) {
    console.log(`${' '.repeat(14)}seed ${seed} ended ${end}: ${why}`);
  }
  if (values.out !== undefined) writeFileSync(values.out, `${JSON.stringify({ command: process.argv.slice(2), results }, null, 1)}\n`);
}

/** The first release becomes stable, the second is what it is about. */
async function tell(story: Story, seed: number): Promise<Told> {
  const world = imaginedWorld(story, seed);
  const candidate = [...world.casts.values()].at(-1);
  let state: ModelState = emptyState(model);
  const seen = { bad: 0, firstBadAt: 0, zeroAt: 0, sawFullTraffic: false };
  world.startAgent();
  world.startControl();
  let began = 0;
  let badFrom = Number.POSITIVE_INFINITY;
  let told: Pick<Told, 'end' | 'why'> | undefined;
  for (const [index, release] of [...world.casts.keys()].entries()) {
    const generation = index + 1;
    began = world.clock.now();
    world.wishes.want({ model, generation, release, placement: 'isolated', capacity: { min: 1, max: 1 } });
    for (told = undefined; told === undefined; told = endOf(state, generation, world.clock.now() - began)) {
      await world.clock.advance(stepMs);
      const stored = await world.store.load(model);
      if (stored !== 'none') state = stored.state;
      const { rollout } = state;
      if (index === 1 && rollout !== 'none' && isLive(rollout))
        badFrom = Math.min(badFrom, world.clock.now() + Number(values.after) * 1000);
      if (index === 1 && rollout !== 'none') seen.sawFullTraffic ||= rollout.stage === 'full-traffic';
      world.gateways.drive(model, story.perSecond, stepMs, (server) => {
        const reply = world.reply(server);
        const isCandidate = world.servers.at(server.http)?.model === candidate?.release.model;
        if (reply !== 'no server' && isCandidate && world.clock.now() < badFrom)
          return { ok: true, durationMs: Math.min(reply.durationMs, 5) };
        if (reply !== 'no server' && candidate?.isBad && isCandidate && (!reply.ok || reply.durationMs > lateMs)) {
          seen.bad += 1;
          seen.firstBadAt ||= world.clock.now();
        }
        return reply;
      });
      if (seen.firstBadAt > 0 && seen.zeroAt === 0 && (rollout === 'none' || rollout.stage === 'rollback')) {
        const gateways = await world.gateways.gateways(model);
        if (gateways.every(({ accepted }) => accepted >= state.generation)) seen.zeroAt = world.clock.now();
      }
    }
  }
  const tookMs = world.clock.now() - began;
  for (const process of [...world.controls]) process.end();
  world.killAgent();
  const toZeroMs = seen.zeroAt > 0 ? seen.zeroAt - seen.firstBadAt : 'never';
  return { seed, ...(told ?? { end: 'unknown', why: '' }), tookMs, sawFullTraffic: seen.sawFullTraffic, toZeroMs, bad: seen.bad };
}

function endOf({ rollout, tried, paused }: ModelState, generation: number, ageMs: Ms): Pick<Told, 'end' | 'why'> | undefined {
  if (paused !== 'no') return { end: 'paused', why: paused.says };
  const ended = tried.find(({ desired }) => desired === generation);
  if (rollout === 'none' && ended) return { end: ended.end, why: ended.why.says };
  return ageMs > patienceMs ? { end: 'unsettled', why: rollout === 'none' ? 'at rest' : rollout.stage } : undefined;
}

/** The made-up model's own contract, with rollout and performance as the digits have them. */
function digitsContract(): ReturnType<typeof fakeContract> {
  const file = join(import.meta.dirname, '../examples/digits/releases/b/contract.yaml');
  const read = readContract(readFileSync(file, 'utf8'), file);
  if (!('contract' in read)) throw new Error(`${file} cannot be read: ${read.findings.map(({ says }) => says).join('; ')}`);
  const { rollout, performance: asked } = read.contract;
  return { ...fakeContract(model, 'cpu'), rollout, performance: asked };
}

function recorded(): readonly number[] {
  const file = join(import.meta.dirname, 'latencies.json');
  if (!existsSync(file)) throw new Error(`there is no ${file}; record one: node bench/rollouts.ts --aa --record bench/latencies.json`);
  return (JSON.parse(readFileSync(file, 'utf8')) as { ms: number[] }).ms.map((ms) => ms * Number(values.stretch));
}

function median(all: readonly number[]): string {
  return ([...all].sort((one, two) => one - two)[Math.floor(all.length / 2)] ?? Number.NaN).toFixed(1);
}
