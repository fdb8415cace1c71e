// Rollouts of the digits example on real processes, with real traffic, and what goes wrong put in on purpose.
//   node bench/rollouts.ts --gross errors      30 % errors at 20 requests/s: how soon traffic is back; `late` for answers 200 ms late
//   node bench/rollouts.ts --some-errors       3 % errors: how many come back before FullTraffic
//   node bench/rollouts.ts --aa                b and b-again in turn, nothing wrong: how many are done
//   node bench/rollouts.ts --kills 50          control gets SIGKILL at random instants: is a request lost, is the end right?
//   --count 10    rollouts (not with --kills)      --limit 900   ends after so many seconds with what it has
//   --seed 1      of clients and kills              --out F.json  what was measured, written after each rollout
//   --after 3     with --gross: seconds of the first step that go well before; by then its golden requests are over
//   --record F    with --aa: 10,000 latencies of b at 500 requests/s, in order, for bench/imagined.ts
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { setTimeout as wait } from 'node:timers/promises';
import { type Digest, short } from '#core/base/digest.ts';
import { seeded } from '#core/base/seeded.ts';
import type { Ms } from '#core/base/time.ts';
import { faultsOf } from '#core/journal/chain.ts';
import { isLive, type LiveRollout, type ModelState } from '#core/rollout/state.ts';
import { Clients } from './clients.ts';
import { type Faults, model, RealWorld } from './real-world.ts';
import { Results, type Row } from './results.ts';

const { values } = parseArgs({
  options: {
    gross: { type: 'string' },
    'some-errors': { type: 'boolean', default: false },
    aa: { type: 'boolean', default: false },
    kills: { type: 'string' },
    count: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    limit: { type: 'string', default: '900' },
    after: { type: 'string', default: '0' },
    out: { type: 'string' },
    record: { type: 'string' },
  },
});
const seed = Number(values.seed);
const count = Number(values.count);
const endsAt = Date.now() + Number(values.limit) * 1000;
/** What the contract of the digits calls late. */
const lateMs = 40;
const demoRate = 500;
/** A rollout takes half a minute; the contract lets each step wait for three. */
const patienceMs = 300_000;
const grossFaults: Readonly<Record<string, Faults>> = {
  errors: { errors: { fraction: 0.3 } },
  late: { delay: { fraction: 1, ms: 5 * lateMs } },
};

const results = new Results(values.out);
const world = new RealWorld();
let clients: Clients | undefined;
let ending: Promise<void> | undefined;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end().then(() => process.exit(130)));
try {
  await main();
} catch (thrown) {
  if (ending === undefined) throw thrown;
} finally {
  await end();
}

async function main(): Promise<void> {
  const mode = modeChosen();
  await world.start();
  const b = await world.pack('b');
  const again = await world.pack('b-again');
  clients = new Clients({ url: world.client, rate: mode === 'gross' ? 200 : demoRate, seed });
  console.log(`${process.argv.slice(2).join(' ')}   Node ${process.version}, ${cpus().length} cores, ${new Date().toISOString()}`);
  const first = await rollOut(world.promote(b));
  if (first.end !== 'done') throw new Error(`the first release ended ${first.end}: ${first.why}`);
  clients.failures.length = 0; // before the first release there is nobody to answer
  switch (mode) {
    case 'gross':
      return await gross(clients, again, values.gross as string);
    case 'some-errors':
      return await someErrors(clients, again);
    case 'aa':
      return await aa(clients, [again, b]);
    case 'kills':
      return await kills(clients, { b, again, c2: await world.pack('c2') }, Number(values.kills));
  }
}

function modeChosen(): 'gross' | 'some-errors' | 'aa' | 'kills' {
  if (values.gross !== undefined && grossFaults[values.gross]) return 'gross';
  if (values['some-errors']) return 'some-errors';
  if (values.aa) return 'aa';
  if (Number(values.kills) > 0) return 'kills';
  console.error('give one of --gross errors, --gross late, --some-errors, --aa, --kills N');
  return process.exit(2);
}

/** From the first bad answer that a client got to weight 0 in force at the gateway. */
async function gross(here: Clients, candidate: Digest, kind: string): Promise<void> {
  const took: Ms[] = [];
  while (took.length < count && Date.now() < endsAt) {
    const desired = world.promote(candidate);
    const bad = { firstAt: 0, count: 0 };
    let isOn = false;
    here.heard = ({ arm, ms, status }) => {
      const isBad = status === 'none' || status >= 400 || ms > lateMs;
      if (!isOn || arm !== 'candidate' || !isBad) return;
      bad.firstAt ||= Date.now();
      bad.count += 1;
    };
    const live = await untilLive(desired);
    if (live === 'none') {
      showUntried(await rollOut(desired));
      continue;
    }
    await wait(Number(values.after) * 1000);
    const opened = Date.now();
    isOn = true;
    await world.setFaults(live.candidate.pool, grossFaults[kind] ?? {});
    const onAt = Date.now();
    const back = await untilState(({ rollout }) => rollout === 'none' || !isLive(rollout));
    while ((await world.accepted()) < back.generation) await wait(3);
    const zeroAt = Date.now();
    const { end, why } = await rollOut(desired);
    const decided = (await world.entries()).findLast((entry) => entry.kind === 'rollback' && entry.code.startsWith('gate/'));
    // Golden requests go on during a rollout, and are sometimes answered badly before any client is: then there is nothing to measure.
    const since = (at: number): number | string => (bad.firstAt === 0 ? 'before the first' : at - bad.firstAt);
    took.push(bad.firstAt === 0 ? 0 : zeroAt - bad.firstAt);
    results.show({
      end,
      'faults took ms': onAt - opened,
      'first bad to decided ms': since(decided?.at ?? Number.NaN),
      'to weight 0 ms': since(zeroAt),
      'bad answers': bad.count,
      why,
    });
  }
  const under = took.filter((ms) => ms < 2000).length;
  results.close(
    `${kind}: first bad answer to weight 0: median ${median(took)} ms, max ${Math.max(...took)} ms; ${under} of ${took.length} under 2 s`,
  );
}

async function someErrors(here: Clients, candidate: Digest): Promise<void> {
  let back = 0;
  let tried = 0;
  while (tried < count && Date.now() < endsAt) {
    const desired = world.promote(candidate);
    const from = here.failures.length;
    const live = await untilLive(desired);
    if (live === 'none') {
      showUntried(await rollOut(desired));
      continue;
    }
    tried += 1;
    await world.setFaults(live.candidate.pool, { errors: { fraction: 0.03 } });
    const { end, why, stages, ms } = await rollOut(desired);
    const isBack = end === 'rolled-back' && !stages.includes('full-traffic');
    back += isBack ? 1 : 0;
    results.show({
      end,
      'last stage': stages.findLast((stage) => stage !== 'rollback' && stage !== 'previous-good') ?? '',
      s: seconds(ms),
      ...lost(here, from, candidate),
      why,
    });
    if (end === 'done') await rollOut(world.promote(await world.pack('b')));
  }
  results.close(`3 % errors: ${back} of ${tried} came back before FullTraffic`);
}

async function aa(here: Clients, releases: readonly [Digest, Digest]): Promise<void> {
  if (values.record !== undefined) await record(here, values.record);
  let next = 0;
  while (results.rows.length < count && Date.now() < endsAt) {
    const candidate = releases[next % 2] as Digest;
    const from = here.failures.length;
    const { end, why, ms } = await rollOut(world.promote(candidate));
    if (end === 'done') next += 1;
    results.show({ end, s: seconds(ms), ...lost(here, from, 'none'), why });
  }
  const ended = (end: string): number => results.rows.filter((row) => row['end'] === end).length;
  results.close(
    `A/A: ${ended('done')} of ${results.rows.length} done, ${ended('rolled-back')} rolled back, ${ended('rejected')} rejected, ${ended('paused')} paused`,
  );
}

/** Control dies and is started again, over and over, while rollouts go on. */
async function kills(here: Clients, { b, again, c2 }: Record<'b' | 'again' | 'c2', Digest>, killsMax: number): Promise<void> {
  const dice = seeded(seed);
  let stable = b;
  let killed = 0;
  let right = 0;
  for (let turn = 0; killed < killsMax && Date.now() < endsAt; turn++) {
    const other = stable === b ? again : b;
    const [name, candidate, meant] = (
      [
        ['good', other, 'done'],
        ['c2', c2, 'rolled-back'],
        ['good', other, 'done'],
        ['30 % errors', other, 'rolled-back'],
      ] as const
    )[turn % 4] as readonly [string, Digest, string];
    const desired = world.promote(candidate);
    const from = here.failures.length;
    const before = killed;
    const at: string[] = [];
    let isOver = false;
    const over = rollOut(desired).finally(() => {
      isOver = true;
    });
    const faults =
      name === '30 % errors'
        ? untilLive(desired).then((live) =>
            live === 'none' ? undefined : world.setFaults(live.candidate.pool, { errors: { fraction: 0.3 } }),
          )
        : undefined;
    const killer = (async () => {
      // A bad one comes back soon after it gets traffic: that is when it matters whether control is there.
      if (meant !== 'done') await untilLive(desired);
      while (!isOver && killed < killsMax) {
        await wait(meant === 'done' ? 200 + dice() * 3300 : dice() * 600);
        if (isOver) break;
        const state = world.state();
        at.push(state === 'none' || state.rollout === 'none' ? 'none' : state.rollout.stage);
        await world.killControl();
        killed += 1;
        await wait(dice() * 2000);
        world.startControl();
      }
    })();
    const { end, why, ms } = await over;
    await Promise.all([killer, faults]);
    if (end === 'done') stable = candidate;
    right += end === meant ? 1 : 0;
    results.show({
      release: name,
      end,
      meant,
      kills: killed - before,
      'killed in': at.join(' '),
      s: seconds(ms),
      ...lost(here, from, meant === 'done' ? 'none' : candidate),
      why,
    });
  }
  await here.stop();
  const entries = await world.entries();
  const faults = faultsOf(entries);
  results.close(
    `control killed ${killed} times over ${results.rows.length} rollouts: ${right} ended right, ${results.sum('lost')} of ${here.sent} requests lost beside ${results.sum('by the bad one')} that a bad release answered; journal: ${entries.length} entries, ${faults.length === 0 ? 'unbroken' : faults.join('; ')}`,
  );
}

/** Latencies as clients see them, one after the other, so that bursts stay bursts. */
async function record(here: Clients, file: string): Promise<void> {
  const ms: number[] = [];
  here.heard = (result) => {
    ms.push(Math.round(result.ms * 10) / 10);
  };
  while (ms.length < 10_000) await wait(100);
  here.heard = () => undefined;
  const about = `${model} b, ${demoRate} requests/s through the gateway, ${cpus().length} cores, ${new Date().toISOString()}; ms, in the order of answers`;
  writeFileSync(file, `${JSON.stringify({ about, ms: ms.slice(0, 10_000) })}\n`);
}

type Told = { readonly end: string; readonly why: string; readonly ms: Ms; readonly stages: readonly string[] };

/** Follows a rollout to its end. One that pauses is aborted, so that the next can begin. */
async function rollOut(desired: number): Promise<Told> {
  const began = Date.now();
  const stages: string[] = [];
  let paused = '';
  const state = await untilState((now) => {
    const { rollout } = now;
    if (rollout !== 'none' && rollout.desired === desired && stages.at(-1) !== rollout.stage) stages.push(rollout.stage);
    if (now.paused !== 'no' && paused === '') {
      paused = now.paused.says;
      world.abort();
    }
    return rollout === 'none' && now.tried.some((one) => one.desired === desired);
  });
  const ended = state.tried.find((one) => one.desired === desired);
  return {
    end: paused === '' ? (ended?.end ?? 'unknown') : 'paused',
    why: paused || (ended?.why.says ?? ''),
    ms: Date.now() - began,
    stages,
  };
}

/** Its rollout, once it has traffic; 'none' when it ended before. */
async function untilLive(desired: number): Promise<LiveRollout | 'none'> {
  const { rollout } = await untilState(
    ({ rollout: now, tried }) => tried.some((one) => one.desired === desired) || (now !== 'none' && now.desired === desired && isLive(now)),
  );
  return rollout !== 'none' && isLive(rollout) ? rollout : 'none';
}

async function untilState(isIt: (state: ModelState) => boolean): Promise<ModelState> {
  for (const until = Date.now() + patienceMs; ; await wait(5)) {
    const state = world.state();
    if (state !== 'none' && isIt(state)) return state;
    if (Date.now() > until)
      throw new Error(`not within ${patienceMs} ms: ${JSON.stringify(state === 'none' ? state : state.rollout).slice(0, 500)}`);
  }
}

/** Failures since then: those that the bad release answered are its own; all others are lost. */
function lost({ failures }: Clients, from: number, bad: Digest | 'none'): Row {
  const mine = failures.slice(from);
  const ours = mine.filter(({ release }) => bad === 'none' || release !== short(bad));
  const [first] = ours;
  return {
    lost: ours.length,
    'by the bad one': mine.length - ours.length,
    ...(first ? { example: `${first.reason} ${first.says} (${first.arm})` } : {}),
  };
}

function seconds(ms: Ms): string {
  return (ms / 1000).toFixed(1);
}

function median(all: readonly number[]): number {
  return [...all].sort((one, two) => one - two)[Math.floor(all.length / 2)] ?? Number.NaN;
}

/** A rollout that ended before the fault could be put in says nothing about it. */
function showUntried({ end, why }: Told): void {
  results.show({ end, 'not counted': 'it ended before it had traffic', why });
}

function end(): Promise<void> {
  ending ??= Promise.race([clients?.stop(), wait(5000)]).then(() => world.end());
  return ending;
}
