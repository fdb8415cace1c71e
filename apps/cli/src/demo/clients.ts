import { join } from 'node:path';
import type { Ms } from '#core/base/time.ts';
import { labelledImages } from '#adapters/load/labelled-images.ts';
import { type Load, type LoadResult, openLoop } from '#adapters/load/open-loop.ts';
import { repositoryRoot } from '../repository-root.ts';

/** What clients have got, counted by us who sent it, and not by those who answered. */
export type Count = {
  sent: number;
  answered: number;
  /** Without a good answer: an error, a broken connection, none at all. Nothing is ever sent twice, so it is lost. */
  failed: number;
  /** Good answers after the limit of the contract. */
  late: number;
  right: number;
  wrong: number;
};

export const nothing = (): Count => ({ sent: 0, answered: 0, failed: 0, late: 0, right: 0, wrong: 0 });

/** A part of the story; a request belongs to the one that it was sent in. */
export type Chapter = {
  readonly from: number;
  readonly all: Count;
  /** By the release that answered, as its first digits. */
  readonly byRelease: Map<string, Count>;
  readonly failures: Map<string, { count: number; example: string }>;
};

/** The demo's clients: held-out images to the gateway, on a schedule of their own, whatever comes back. */
export class Clients {
  readonly #load: Load;
  readonly #chapters: Chapter[] = [];
  /** What was refused before anybody had ever got an answer: there was no release to answer yet, so nothing was lost. */
  readonly before: Chapter = newChapter(0);
  #firstAnswered = Number.POSITIVE_INFINITY;
  readonly #lateMs: Ms;
  #next = 0;

  constructor({ url, rate, seed, lateMs }: { url: string; rate: number; seed: number; lateMs: Ms }) {
    this.#lateMs = lateMs;
    this.chapter();
    const images = labelledImages(join(repositoryRoot, 'examples/digits/traffic.json'), { model: 'digits', input: 'pixels' });
    this.#load = openLoop({
      url,
      rate,
      seed,
      arrival: 'poisson',
      bodies: (index) => {
        this.#next = index + 1;
        this.#chapterOf(index).all.sent += 1;
        return images.request(index);
      },
      labelOf: (answer) => images.labelOf(answer),
      onResult: (result) => this.#count(result),
    });
  }

  /** From the next request on, another part of the story. */
  chapter(): Chapter {
    const chapter = newChapter(this.#next);
    this.#chapters.push(chapter);
    return chapter;
  }

  /** What one release has answered so far, in the whole story. */
  answeredBy(release: string): Count {
    const sum = nothing();
    for (const { byRelease } of this.#chapters) add(sum, byRelease.get(release) ?? nothing());
    return sum;
  }

  get load(): Pick<Load, 'recent' | 'figures'> {
    return this.#load;
  }

  async stop(): Promise<void> {
    await this.#load.stop();
  }

  #chapterOf(index: number): Chapter {
    return this.#chapters.findLast(({ from }) => from <= index) ?? this.chapter();
  }

  #count(result: LoadResult): void {
    const { index, reason, says, release } = result;
    if (reason === 'none') this.#firstAnswered = Math.min(this.#firstAnswered, index);
    const isBefore = reason !== 'none' && index < this.#firstAnswered;
    if (isBefore) {
      this.before.all.sent += 1;
      this.#chapterOf(index).all.sent -= 1;
    }
    const { all, byRelease, failures } = isBefore ? this.before : this.#chapterOf(index);
    const one = this.#countOf(result);
    add(all, one);
    if (release !== 'none') {
      const count = byRelease.get(release) ?? nothing();
      byRelease.set(release, count);
      add(count, { ...one, sent: 1 });
    }
    if (reason !== 'none') {
      const failure = failures.get(reason) ?? { count: 0, example: says };
      failures.set(reason, failure);
      failure.count += 1;
    }
  }

  #countOf({ reason, ms, is }: LoadResult): Count {
    const isGood = reason === 'none';
    return {
      sent: 0,
      answered: isGood ? 1 : 0,
      failed: isGood ? 0 : 1,
      late: isGood && ms > this.#lateMs ? 1 : 0,
      right: is === 'right' ? 1 : 0,
      wrong: is === 'wrong' ? 1 : 0,
    };
  }
}

function newChapter(from: number): Chapter {
  return { from, all: nothing(), byRelease: new Map(), failures: new Map() };
}

/** Share of right labels among the answers, in per cent: accuracy as clients have seen it. */
export function accuracy({ right, wrong }: Count): string {
  return right + wrong === 0 ? 'no answers' : `${((right / (right + wrong)) * 100).toFixed(1)} %`;
}

function add(sum: Count, more: Count): void {
  for (const name of ['sent', 'answered', 'failed', 'late', 'right', 'wrong'] as const) sum[name] += more[name];
}
