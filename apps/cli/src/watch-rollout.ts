import type { ModelName } from '#core/base/names.ts';
import type { Ms } from '#core/base/time.ts';
import { type End, isLive, type ModelState, weightOf } from '#core/rollout/state.ts';
import { follow } from './follow.ts';
import { openGateLines, tellEntry } from './journal-lines.ts';
import type { Records } from './records.ts';
import type { Terminal } from './terminal.ts';
import { endOf } from './told-rollouts.ts';

/** Between two looks at gates that have not decided yet. */
const gatesEveryMs: Ms = 2000;

/** Tells a rollout as it goes, from the journal entry after `after` on, until it ends. */
export async function watchRollout(
  records: Records,
  model: ModelName,
  { after, terminal }: { after: number; terminal: Terminal },
): Promise<End | 'interrupted'> {
  let began: Ms | undefined;
  let gatesAt = 0;
  for await (const { state, news } of follow(records, model, { after, signal: terminal.signal })) {
    for (const entry of news) {
      began ??= entry.at;
      for (const line of tellEntry(entry, began, terminal)) terminal.say(line);
      terminal.give({ entry });
      const end = endOf(entry);
      if (end) return end;
      gatesAt = entry.at;
    }
    const now = Date.now();
    if (state === 'none' || began === undefined || now - gatesAt < gatesEveryMs) continue;
    gatesAt = now;
    tellGates(state, now - began, terminal);
  }
  return 'interrupted';
}

/** What a step with traffic waits for: the gates that are not through yet, with their numbers. */
function tellGates(state: ModelState, ms: Ms, terminal: Terminal): void {
  for (const line of openGateLines(state, ms, terminal)) terminal.say(line);
  const { rollout, verdicts } = state;
  if (verdicts !== 'none' && rollout !== 'none' && isLive(rollout))
    terminal.give({ stage: rollout.stage, weight: weightOf(rollout), verdicts });
}
