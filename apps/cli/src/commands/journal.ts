import { setTimeout as wait } from 'node:timers/promises';
import { command, maybeModel, textOption, toggle } from '../command.ts';
import { homeAt, homeFlag, named } from '../home.ts';
import { formatEntry } from '../journal-lines.ts';
import { Records, writerOf } from '../records.ts';
import { formatVerified, verifyJournal } from '../verified-journal.ts';

export const journal = command({
  name: 'journal',
  says: 'Print what was decided and done, by whom and why, and verify the chain',
  more: 'Every entry holds the digest of the one before, one chain for each writer. All chains are verified, whatever is printed.',
  example: 'conch journal digits\nconch journal --writer agent/one --output json',
  takes: {
    model: maybeModel('Only what was decided about this model'),
    writer: textOption('NAME', 'Only what this writer wrote, such as control/digits', ''),
    follow: toggle('Go on printing what is written, until Ctrl-C'),
  },
  async run({ model, writer, follow, home: folder }, terminal) {
    const home = homeAt(folder);
    const records = new Records(home);
    try {
      const only = writer !== '' ? writer : model === 'all' ? undefined : writerOf(model);
      const entries = (await records.entries(only === undefined ? {} : { writer: only })).toSorted((a, b) => a.at - b.at || a.seq - b.seq);
      for (const entry of entries) terminal.say(formatEntry(entry, terminal));
      const verified = await verifyJournal(records);
      const isWhole = verified.faults.length === 0;
      if (entries.length === 0) {
        const writers = verified.writers.map((one) => one.writer);
        terminal.say(
          writers.length === 0
            ? `nothing was written down in ${named(home.folder)} yet`
            : `nothing was written by ${only}; there are: ${writers.join(', ')}`,
        );
      }
      terminal.say(`\n${terminal.paint(isWhole ? 'good' : 'bad', formatVerified(verified))}`);
      if (!follow) {
        terminal.give({ entries, verified });
        if (entries.length > 0)
          terminal.say(`evidence of each entry: conch journal${model === 'all' ? '' : ` ${model}`} --output json${homeFlag(home)}`);
        return isWhole ? 0 : 1;
      }
      for (const entry of entries) terminal.give(entry);
      const seen = new Map<string, number>();
      for (const entry of entries) seen.set(entry.writer, entry.seq);
      while (!terminal.signal.aborted) {
        for (const entry of await records.entries(only === undefined ? {} : { writer: only })) {
          if (entry.seq <= (seen.get(entry.writer) ?? 0)) continue;
          seen.set(entry.writer, entry.seq);
          terminal.say(formatEntry(entry, terminal));
          terminal.give(entry);
        }
        await wait(250, undefined, { signal: terminal.signal }).catch(() => undefined);
      }
      return isWhole ? 0 : 1;
    } finally {
      records.close();
    }
  },
});
