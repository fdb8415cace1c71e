import type { Digest } from '#core/base/digest.ts';
import type { Reason } from '#core/base/reason.ts';
import type { Ms } from '#core/base/time.ts';
import type { Entry } from '#core/journal/chain.ts';
import type { End } from '#core/rollout/state.ts';

/** One rollout as the journal tells it: the stages it went through, and how it ended. */
export type ToldRollout = {
  readonly release: Digest;
  readonly desired: number;
  readonly began: Ms;
  readonly ended: Ms | 'not yet';
  readonly end: End | 'under way';
  /** Why it ended as it did, in the words of the gate, the person or the server that ended it. */
  readonly why: Reason;
  readonly stages: readonly { readonly stage: string; readonly ms: Ms }[];
  readonly entries: readonly Entry[];
};

const ends: readonly string[] = ['done', 'rejected', 'rolled-back', 'aborted', 'superseded'] satisfies End[];

/** The rollouts of one model's chain, oldest first. One that is under way lasts until `now`. */
export function rolloutsIn(chain: readonly Entry[], now: Ms): ToldRollout[] {
  const chapters: Entry[][] = [];
  let isUnderWay = false;
  for (const entry of chain) {
    // A person who rolls back long after begins a journey of its own.
    const begins: boolean = entry.code === 'rollout/begin' || (!isUnderWay && entry.code === 'intervention/rollback');
    if (begins) chapters.push([]);
    if (begins || isUnderWay) chapters.at(-1)?.push(entry);
    isUnderWay = (begins || isUnderWay) && endOf(entry) === undefined;
  }
  return chapters.flatMap((entries) => tell(entries, now) ?? []);
}

/** How a rollout ended with this entry, if it did. */
export function endOf({ code }: Entry): End | undefined {
  const [topic, word] = code.split('/');
  return topic === 'rollout' ? (ends.find((end) => end === word) as End | undefined) : undefined;
}

function tell(entries: readonly Entry[], now: Ms): ToldRollout | undefined {
  const [first] = entries;
  const last = entries.at(-1);
  if (!first || !last) return undefined;
  const end = endOf(last);
  // What a trip is about stands in the evidence of its first entry.
  const about = first.evidence.find((one): one is { desired: number; release: Digest } => hasRelease(one));
  return {
    release: about?.release ?? 'sha256:',
    desired: about?.desired ?? 0,
    began: first.at,
    ended: end ? last.at : 'not yet',
    end: end ?? 'under way',
    why: whyOf(entries),
    stages: stagesOf(entries, end ? last.at : now),
    entries,
  };
}

function hasRelease(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'release' in value && 'desired' in value;
}

/** The move that turned it, not the one that closed it: what failed stands before what followed from it. */
function whyOf(entries: readonly Entry[]): Reason {
  const turn = entries.find(({ kind, code }) => kind === 'rollback' || kind === 'rejected' || code === 'rollout/done') ?? entries.at(-1);
  return { code: turn?.code ?? 'rollout/begin', says: turn?.says ?? '' };
}

function stagesOf(entries: readonly Entry[], until: Ms): { stage: string; ms: Ms }[] {
  const stages: { stage: string; from: Ms; to: Ms }[] = [];
  for (const entry of entries) {
    const before = stages.at(-1);
    if (before) before.to = entry.at;
    if (endOf(entry) === undefined && before?.stage !== entry.kind) stages.push({ stage: entry.kind, from: entry.at, to: until });
  }
  return stages.map(({ stage, from, to }) => ({ stage, ms: to - from }));
}
