import { setTimeout as wait } from 'node:timers/promises';
import type { ModelName } from '#core/base/names.ts';
import type { Entry } from '#core/journal/chain.ts';
import type { ModelState } from '#core/rollout/state.ts';
import type { Records } from './records.ts';

/** What one look at a model shows: its committed state, and what was written down since the look before. */
export type Moment = { readonly state: ModelState | 'none'; readonly news: readonly Entry[] };

const lookMs = 100;

/** Looks at a model again and again; yields when something was written down, and now and then without. Ends when the signal aborts. */
export async function* follow(
  records: Records,
  model: ModelName,
  { after, signal }: { after: number; signal: AbortSignal },
): AsyncGenerator<Moment> {
  let seq = after;
  while (!signal.aborted) {
    const state = records.state(model);
    const news = await records.chain(model, seq);
    seq = news.at(-1)?.seq ?? seq;
    yield { state, news };
    await wait(lookMs, undefined, { signal }).catch(() => undefined);
  }
}
