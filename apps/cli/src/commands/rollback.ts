import { command, modelArgument, textOption } from '../command.ts';
import { giveOrder } from '../give-order.ts';
import { homeAt } from '../home.ts';
import { Records } from '../records.ts';
import { watchRollout } from '../watch-rollout.ts';

export const rollback = command({
  name: 'rollback',
  says: 'Send traffic back to the release before, now',
  more: 'Of a rollout under way, or of the stable release while the one before is kept warm: nothing is built or downloaded. It outranks what is desired until that changes; `conch status` says how to make both agree.',
  example: "conch rollback digits --reason 'complaints about eights'",
  takes: { model: modelArgument('Model to roll back'), reason: textOption('TEXT', 'Why; it stands in the journal', '') },
  async run({ model, reason, home: folder }, terminal) {
    const { code, entry } = await giveOrder(folder, { verb: 'rollback', model, reason }, terminal);
    if (code !== 0 || entry === 'none') return code;
    const records = new Records(homeAt(folder));
    try {
      // It is back when each part was verified, not when somebody has said that it should be.
      const end = await watchRollout(records, model, { after: entry.seq, terminal });
      return end === 'rolled-back' || end === 'rejected' ? 0 : 1;
    } finally {
      records.close();
    }
  },
});
