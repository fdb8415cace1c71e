import type { ModelName } from '#core/base/names.ts';
import type { Entry } from '#core/journal/chain.ts';
import type { Intervention } from '#core/rollout/known.ts';
import type { ExitCode } from './command.ts';
import { refuse } from './findings.ts';
import { homeAt, homeFlag } from './home.ts';
import { formatInstant } from './journal-lines.ts';
import { unknownModel } from './known-models.ts';
import { type Outcome, order } from './orders.ts';
import { Records } from './records.ts';
import type { Terminal } from './terminal.ts';

/** Gives an order and tells what became of it, from the journal. Exit code 0 only when it was obeyed. */
export async function giveOrder(
  folder: string,
  { verb, model, reason }: { verb: Intervention['verb']; model: ModelName; reason: string },
  terminal: Terminal,
): Promise<{ code: ExitCode; entry: Entry | 'none' }> {
  const home = homeAt(folder);
  const records = new Records(home);
  try {
    const unknown = await unknownModel(home, records, model, verb);
    if (unknown !== 'none') return { code: refuse([unknown], terminal), entry: 'none' };
    const { intervention, outcome } = await order(home, records, { verb, model, reason: reason || 'no reason given' }, terminal.signal);
    terminal.give({ intervention, outcome: outcome.is, says: saysOf(outcome) });
    const until = formatInstant(intervention.expiry).slice(11, 19);
    switch (outcome.is) {
      case 'obeyed':
        terminal.say(`${terminal.paint('good', 'obeyed')}   ${outcome.entry.says}`);
        return { code: 0, entry: outcome.entry };
      case 'refused':
        terminal.say(`${terminal.paint('bad', 'refused')}  ${outcome.entry.says}`);
        return { code: 1, entry: outcome.entry };
      case 'waiting':
        terminal.say(
          outcome.controlIs === 'down'
            ? `${terminal.paint('warn', 'not yet')}  control is down: it will be obeyed when control is back, until ${until} (start it: conch up${homeFlag(home)})`
            : `${terminal.paint('warn', 'not yet')}  control runs and has not obeyed it so far; it holds until ${until}. Look at: conch journal ${model}${homeFlag(home)}`,
        );
        return { code: 1, entry: 'none' };
    }
  } finally {
    records.close();
  }
}

function saysOf(outcome: Outcome): string {
  return outcome.is === 'waiting' ? `control is ${outcome.controlIs}` : outcome.entry.says;
}
