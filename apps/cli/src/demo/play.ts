import { join } from 'node:path';
import { type Digest, short } from '#core/base/digest.ts';
import { Fault } from '#core/base/fault.ts';
import { formatFinding } from '#core/base/finding.ts';
import type { Ms } from '#core/base/time.ts';
import type { Present } from '../announced.ts';
import type { Home } from '../home.ts';
import { packInto } from '../pack-into.ts';
import { promoteTo } from '../promotion.ts';
import type { Records } from '../records.ts';
import { repositoryRoot } from '../repository-root.ts';
import type { ToldRollout } from '../told-rollouts.ts';
import type { Chapter, Clients } from './clients.ts';
import type { Narrator } from './narrator.ts';

/** A rollout that the demo has played: what was promoted, how it went, and what clients got meanwhile. */
export type Played = { readonly name: string; readonly digest: Digest; readonly told: ToldRollout; readonly chapter: Chapter };

/** A rollout of the digits takes half a minute; its contract gives each stage three before it pauses. */
const rolloutMaxMs: Ms = 300_000;

/** The stage that the story is played on: the same steps as the commands, and a note of everything that is not as told. */
export class Play {
  readonly model = 'digits';
  readonly played: Played[] = [];
  readonly breaches: string[] = [];
  readonly #stage: { home: Home; records: Records; narrator: Narrator; clients: Clients; gateway: Present };

  constructor(stage: { home: Home; records: Records; narrator: Narrator; clients: Clients; gateway: Present }) {
    this.#stage = stage;
  }

  get narrator(): Narrator {
    return this.#stage.narrator;
  }

  get clients(): Clients {
    return this.#stage.clients;
  }

  /** Promotes one of the example's releases and waits for its end. `meanwhile` is played while it is under way. */
  async rollOut(
    name: string,
    { despiteDisagreements = false, meanwhile }: { despiteDisagreements?: boolean; meanwhile?: () => Promise<void> } = {},
  ): Promise<Played> {
    const { home, records, narrator, clients } = this.#stage;
    const packed = await packInto(home, releaseFolder(name), { despiteDisagreements });
    if (!('digest' in packed)) throw new Fault('demo/unpacked', packed.findings.map(formatFinding).join('\n'), { isRetryable: false });
    const { digest } = packed;
    const chapter = clients.chapter();
    const promotion = await promoteTo(home, records, this.model, digest);
    narrator.say(`promoted release ${name}, ${short(digest)}, as generation ${promotion.desired.generation}`);
    const [told] = await Promise.all([narrator.ended(promotion.desired.generation, rolloutMaxMs), meanwhile?.()]);
    const one = { name, digest, told, chapter };
    this.played.push(one);
    return one;
  }

  /** What packing says of a release folder whose pieces disagree. */
  async refusedByPack(name: string): Promise<string[]> {
    const packed = await packInto(this.#stage.home, releaseFolder(name), { despiteDisagreements: false });
    return 'digest' in packed
      ? []
      : packed.findings.map((finding) =>
          formatFinding({ ...finding, place: { ...finding.place, file: finding.place.file.replace(`${repositoryRoot}/`, '') } }),
        );
  }

  /** Says whether something is as told. What is not is remembered, and makes the demo fail. */
  expect(says: string, holds: boolean, otherwise = ''): void {
    if (holds) return this.narrator.say(`✓ ${says}`, 'good');
    const breach = otherwise === '' ? says : `${says}: ${otherwise}`;
    this.breaches.push(breach);
    this.narrator.say(`✗ NOT so: ${breach}`, 'bad');
  }

  /** A rollout's end and the requests that failed in it. */
  expectEnd({ name, told }: Played, end: ToldRollout['end'], why?: RegExp): void {
    const isSo = told.end === end && (why === undefined || why.test(`${told.why.code} ${told.why.says}`));
    this.expect(`release ${name} ${endWords[end]}`, isSo, `it ${endWords[told.end]}: ${told.why.says}`);
  }

  expectNoneFailed({ name, chapter }: Played): void {
    const reasons = [...chapter.failures].map(([reason, { count, example }]) => `${count} × ${reason} ${example}`).join('; ');
    this.expect(
      `no client request failed in the rollout of release ${name} (${chapter.all.sent} were sent)`,
      chapter.all.failed === 0,
      reasons,
    );
  }
}

const endWords: Readonly<Record<ToldRollout['end'], string>> = {
  done: 'is at full traffic',
  rejected: 'was rejected before it got any traffic',
  'rolled-back': 'was rolled back',
  aborted: 'was aborted',
  superseded: 'was superseded',
  'under way': 'is still under way',
};

export function releaseFolder(name: string): string {
  return join(repositoryRoot, 'examples/digits/releases', name);
}
