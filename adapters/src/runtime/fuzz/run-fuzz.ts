import { rmSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { type Dice, diceOf } from '#core/base/dice.ts';
import { writeModels } from '../likeness/models.ts';
import { type Case, type Kind, kinds, sharedFile } from './case.ts';
import { controlCase } from './control-case.ts';
import { countersOf, unlikeDeltas } from './counters.ts';
import { loadedModels } from './good-infer.ts';
import { grpcCase } from './grpc-case.ts';
import { httpCase } from './http-case.ts';
import { unintended } from './on-purpose.ts';
import { type Heard, Pair } from './pair.ts';
import { shownParting } from './parting.ts';
import { rawCase } from './raw-case.ts';

export type Fuzz = {
  readonly kind: Kind;
  readonly seed: number;
  /** Numbers of the cases; each is made from the seed and its number alone. */
  readonly cases: readonly number[];
  print(line: string): void;
};

/** `different` and `metrics` count what should not be; the real one dying is its own affair. */
export type Tally = { cases: number; different: number; onPurpose: number; metrics: number; died: number };

const makers: Readonly<Record<Kind, (dice: Dice) => Case>> = { http: httpCase, raw: rawCase, grpc: grpcCase, control: controlCase };

/** Cases between two looks at the metrics. */
const batch = 50;

/** Raw cases mostly wait, so several go side by side; the others tell their story one by one. */
const sideBySide: Readonly<Record<Kind, number>> = { http: 1, raw: 10, grpc: 1, control: 1 };

const silenceMs = 400;
const silenceOnceMoreMs = 1500;

/** Puts each case to both servers and prints where they part. */
export async function runFuzz(fuzz: Fuzz): Promise<Tally | { skip: string }> {
  const repository = writeModels();
  const loaded = fuzz.kind === 'control' ? [] : loadedModels;
  const flags = ['--model-control-mode=explicit', '--disable-auto-complete-config', '--cache-config=local,size=1048576'];
  try {
    const pair = await Pair.start(repository, [...flags, ...loaded.map((name) => `--load-model=${name}`)]);
    if ('skip' in pair) return pair;
    const run = new Run(fuzz, pair);
    try {
      for (let from = 0; from < fuzz.cases.length; from += batch) await run.batch(fuzz.cases.slice(from, from + batch));
    } finally {
      await pair.stop();
    }
    return run.tally;
  } finally {
    rmSync(repository, { recursive: true, force: true });
    for (const letter of ['E', 'T']) rmSync(`/dev/shm/${sharedFile(letter)}`, { force: true });
  }
}

class Run {
  readonly tally: Tally = { cases: 0, different: 0, onPurpose: 0, metrics: 0, died: 0 };
  readonly #fuzz: Fuzz;
  readonly #pair: Pair;

  constructor(fuzz: Fuzz, pair: Pair) {
    this.#fuzz = fuzz;
    this.#pair = pair;
  }

  async batch(numbers: readonly number[]): Promise<void> {
    const { restarts } = this.#pair;
    const { onPurpose } = this.tally;
    const before = await this.#counters();
    const left = [...numbers];
    const doubtful: number[] = [];
    const worker = async (): Promise<void> => {
      for (let number = left.shift(); number !== undefined; number = left.shift()) if (!(await this.#isLike(number))) doubtful.push(number);
    };
    await Promise.all(Array.from({ length: sideBySide[this.#fuzz.kind] }, worker));
    // What differed while others were under way is asked once more by itself, with more patience.
    for (const number of doubtful) await this.#report(number, await this.#pair.ask(this.#made(number), silenceOnceMoreMs));
    await this.#requireAlive(numbers);
    if (this.#pair.restarts !== restarts) return;
    // Of pipelined requests that only one of them listened to, only that one tells.
    if (this.#fuzz.kind === 'raw' && this.tally.onPurpose > onPurpose) return;
    const after = await this.#counters();
    // Requests side by side share a batch as it happens, so how many were executed says nothing then.
    const isByChance = (text: string): boolean => sideBySide[this.#fuzz.kind] > 1 && text.startsWith('nv_inference_exec_count');
    const moved = unlikeDeltas([before[0], after[0]], [before[1], after[1]]).filter((text) => !isByChance(text));
    if (moved.length === 0) return;
    this.tally.metrics += 1;
    this.#fuzz.print(`METRICS after ${this.#command(`${numbers[0]}..${numbers.at(-1)}`)}\n  ${moved.join('\n  ')}`);
  }

  /** Where cases go one by one, a difference is told at once: what came before it counts too. */
  async #isLike(number: number): Promise<boolean> {
    this.tally.cases += 1;
    const heard = await this.#pair.ask(this.#made(number), silenceMs);
    if (heard.every(isLike)) return true;
    if (sideBySide[this.#fuzz.kind] > 1) return false;
    await this.#report(number, heard);
    return true;
  }

  async #report(number: number, heard: readonly Heard[]): Promise<void> {
    const unlike = heard.filter((one) => !isLike(one));
    if (unlike.length === 0) return;
    if (await this.#requireAlive([number])) return;
    const wrong = unlike.map((one) => ({ step: one.step, left: unintended(one) })).filter(({ left }) => left.length > 0);
    if (wrong.length === 0) {
      this.tally.onPurpose += 1;
      return;
    }
    this.tally.different += 1;
    const told = wrong.map(({ step, left }) => `  asked ${step.slice(0, 1500)}\n  ${left.map(shownParting).join('\n  ')}`);
    this.#fuzz.print(`DIFFERENT ${this.#command(String(number))}\n  ${this.#made(number).says}\n${told.join('\n')}`);
    // What a load left behind would be told in the index of every later story.
    if (this.#fuzz.kind === 'control') await this.#pair.restart();
  }

  /** True when one had died, and both were started again. */
  async #requireAlive(numbers: readonly number[]): Promise<boolean> {
    const name = await this.#pair.dead();
    if (name === undefined) return false;
    if (name === 'embedded') this.tally.different += 1;
    else this.tally.died += 1;
    this.#fuzz.print(`DIED ${name} of ${this.#command(`${numbers[0]}..${numbers.at(-1)}`)}\n  ${this.#made(numbers[0] ?? 0).says}`);
    await this.#pair.restart();
    return true;
  }

  #made(number: number): Case {
    const { seed, kind } = this.#fuzz;
    return makers[kind](diceOf(Math.imul(seed * 4 + kinds.indexOf(kind), 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca6b)));
  }

  #counters() {
    return Promise.all([countersOf(this.#pair.mine.metrics), countersOf(this.#pair.real.metrics)]);
  }

  #command(numbers: string): string {
    return `node scripts/fuzz-runtimes.ts --seed ${this.#fuzz.seed} --only ${this.#fuzz.kind} --case ${numbers}`;
  }
}

const isLike = ({ mine, real }: Heard): boolean => isDeepStrictEqual(mine, real);
