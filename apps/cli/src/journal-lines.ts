import type { Verdicts } from '#core/gates/all.ts';
import type { Verdict } from '#core/gates/gate.ts';
import type { Ms } from '#core/base/time.ts';
import type { Entry } from '#core/journal/chain.ts';
import type { PartCheck } from '#core/rollout/going-back.ts';
import { isLive, type ModelState, weightOf } from '#core/rollout/state.ts';
import type { Paint, Terminal } from './terminal.ts';

type Painter = Pick<Terminal, 'paint'>;

/** One entry as a line: when, who, where the rollout stands by now, and why. */
export function formatEntry({ at, writer, seq, kind, code, says, actor }: Entry, { paint }: Painter): string {
  const by = actor === 'control' || actor === writer ? '' : paint('faint', `  (${actor})`);
  return `${paint('faint', `${formatInstant(at)}  ${writer} ${seq}`)}  ${paint('strong', kind)}  ${paint(paintOf(code), code)}  ${says}${by}`;
}

/** As a rollout is told live: seconds since it began, the stage, the reason; a step that passed with a line for each gate. */
export function tellEntry(entry: Entry, began: Ms, terminal: Painter): string[] {
  const { at, kind, code } = entry;
  const verdicts = code === 'gate/passed' || code === 'rollout/done' ? verdictsIn(entry) : undefined;
  const words = wordsOf(entry, verdicts !== undefined);
  const first = `${elapsed(at - began)}  ${terminal.paint('strong', kind.padEnd(stageColumns))}  ${terminal.paint(paintOf(code), words)}`;
  return [first, ...(verdicts ? gateLines(verdicts, terminal) : []), ...partLines(entry, terminal)];
}

/** After a rollback: one line for each of the six parts, and what was observed of it. */
function partLines({ evidence }: Entry, { paint }: Painter): string[] {
  const checked = evidence.find(
    (piece): piece is { parts: PartCheck[] } =>
      typeof piece === 'object' && piece !== null && 'parts' in piece && Array.isArray(piece.parts),
  );
  return (checked?.parts ?? []).map(
    ({ part, isVerified, says }) =>
      `${gateIndent}${part.padEnd(12)}  ${isVerified ? paint('good', 'verified') : paint('bad', 'open    ')}  ${says}`,
  );
}

/** What is told already, by the lines of the gates below or by the move before, is left out. */
function wordsOf({ code, says }: Entry, hasGateLines: boolean): string {
  if (code === 'rollout/done') return hasGateLines ? says.replace(/: .*/s, ': soaked, and every gate passes') : says;
  if (hasGateLines) return says.replace(/^([^:]*): .*; (next \d+ %)$/s, 'every gate passes at $1; $2');
  return code.startsWith('rollout/') ? says.replace(/^([a-z-]+): .*; (clients are on .*)$/s, '$1; $2') : says;
}

/** One line a gate: its name, what it says, and the numbers why. */
export function gateLines(verdicts: Readonly<Record<string, Verdict>>, { paint }: Painter, indent = gateIndent): string[] {
  return Object.entries(verdicts).map(
    ([name, { says, because }]) => `${indent}${name.padEnd(12)}  ${paint(verdictPaint[says], says.padEnd(8))}  ${because}`,
  );
}

/** What a step with traffic waits for: gates that are not through yet, with their numbers; or how long it has been healthy. */
export function openGateLines({ rollout, verdicts, paused }: ModelState, ms: Ms, terminal: Painter): string[] {
  if (verdicts === 'none' || rollout === 'none' || !isLive(rollout)) return [];
  const open = Object.fromEntries(Object.entries(verdicts).filter(([, { says }]) => says !== 'pass'));
  const isThrough = Object.keys(open).length === 0;
  const passing = Object.keys(verdicts).filter((name) => !(name in open));
  const says = isThrough
    ? `every gate passes, healthy for ${(rollout.healthyMs / 1000).toFixed(1)} s`
    : `${passing.length > 0 ? `${passing.join(', ')} pass; ` : ''}not yet:`;
  const waits = paused === 'no' ? '' : terminal.paint('warn', ', paused');
  return [`${elapsed(ms)}  ${rollout.stage} at ${weightOf(rollout)} %${waits}: ${says}`, ...gateLines(open, terminal)];
}

/** Right-aligned seconds, so that a column of them reads well. */
export function elapsed(ms: Ms): string {
  return `${(ms / 1000).toFixed(1).padStart(6)} s`;
}

/** Local date and time to the millisecond: entries of one second have an order. */
export function formatInstant(at: Ms): string {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 23).replace('T', ' ');
}

const stageColumns = 'small-traffic'.length;
const gateIndent = ' '.repeat(10);
const verdictPaint: Readonly<Record<Verdict['says'], Paint>> = { pass: 'good', fail: 'bad', invalid: 'warn', continue: 'faint' };

/** Green is what went well, red what spoke against a release, yellow what waits for somebody. */
function paintOf(code: string): Paint {
  if (/^(rollout\/done|gate\/passed|canary\/proven|warmup\/warmed)$/.test(code)) return 'good';
  if (/^(paused|page|intervention)\//.test(code) || code === 'warmup/again') return 'warn';
  if (/^(gate|load|proof|artifact|registry|agree|contract)\//.test(code) || /^rollout\/(rejected|rolled-back|aborted)$/.test(code))
    return 'bad';
  return 'faint';
}

function verdictsIn({ evidence }: Entry): Verdicts | undefined {
  return evidence.find((one): one is { verdicts: Verdicts } => typeof one === 'object' && one !== null && 'verdicts' in one)?.verdicts;
}
