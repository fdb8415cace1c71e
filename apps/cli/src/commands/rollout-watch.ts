import { short } from '#core/base/digest.ts';
import { formatDuration } from '#core/base/time.ts';
import { folderWishes } from '#adapters/wishes/folder.ts';
import { command, modelArgument } from '../command.ts';
import { refuse } from '../findings.ts';
import { homeAt, homeFlag } from '../home.ts';
import { unknownModel } from '../known-models.ts';
import { isControlUp } from '../orders.ts';
import { Records } from '../records.ts';
import { rolloutsIn } from '../told-rollouts.ts';
import { watchRollout } from '../watch-rollout.ts';

export const watch = command({
  name: 'watch',
  says: 'Follow a rollout live until it ends: stages, weights, and gates with their numbers',
  more: 'Exit code 0 when it ends at full traffic, 1 when it does not. Without one under way it tells how the last one ended.',
  example: 'conch promote digits examples/digits/releases/b && conch rollout watch digits',
  takes: { model: modelArgument('Model whose rollout to follow') },
  async run({ model, home: folder }, terminal) {
    const home = homeAt(folder);
    const records = new Records(home);
    try {
      const unknown = await unknownModel(home, records, model, 'rollout watch');
      if (unknown !== 'none') return refuse([unknown], terminal);
      const state = records.state(model);
      const chain = await records.chain(model, 0);
      const last = rolloutsIn(chain, Date.now()).at(-1);
      const desired = await folderWishes(home.folder).desired(model);
      const isDue =
        desired !== 'none' &&
        (state === 'none' || (state.rollout === 'none' && !state.tried.some((one) => one.desired === desired.generation)));
      const isMet = isDue && state !== 'none' && state.stable !== 'none' && state.stable.release === desired.release;

      if (last?.end === 'under way' || (isDue && !isMet)) {
        if (!(await isControlUp(home))) terminal.note(`control is down, so nothing moves until it is back: conch up${homeFlag(home)}`);
        const first = last?.end === 'under way' ? last.entries[0] : undefined;
        const end = await watchRollout(records, model, { after: first ? first.seq - 1 : (chain.at(-1)?.seq ?? 0), terminal });
        terminal.give({ end });
        return end === 'done' ? 0 : 1;
      }
      if (!last) {
        terminal.say(`nothing was rolled out of ${model} yet`);
        terminal.give({ end: 'none' });
        return 1;
      }
      const ago = last.ended === 'not yet' ? '' : `, ${formatDuration(Date.now() - last.ended)} ago`;
      terminal.say(`no rollout is under way; that of ${short(last.release)} ended ${last.end}${ago}: ${last.why.says}`);
      terminal.give({ end: last.end, release: last.release, why: last.why, ended: last.ended });
      return last.end === 'done' ? 0 : 1;
    } finally {
      records.close();
    }
  },
});
