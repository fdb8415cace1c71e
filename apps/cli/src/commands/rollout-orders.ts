import { command, modelArgument, type Spec, textOption } from '../command.ts';
import { giveOrder } from '../give-order.ts';

/** What people can ask of a rollout that is under way. Each becomes an intervention, is obeyed once, and stands in the journal. */
const orderCommand = (verb: 'pause' | 'resume' | 'advance' | 'abort', says: string, more: string, reason: string): Spec =>
  command({
    name: verb,
    says,
    more,
    example: `conch rollout ${verb} digits --reason '${reason}'`,
    takes: { model: modelArgument('Model whose rollout it is about'), reason: textOption('TEXT', 'Why; it stands in the journal', '') },
    async run({ model, reason: why, home }, terminal) {
      const { code } = await giveOrder(home, { verb, model, reason: why }, terminal);
      return code;
    },
  });

export const pause = orderCommand(
  'pause',
  'Let a rollout wait where it stands',
  'Weights stay, gates go on judging, and a gate that fails still rolls back.',
  'the on-call engineer is at lunch',
);
export const resume = orderCommand('resume', 'Let a paused rollout go on', 'Its stage gets its whole time again.', 'the database is back');
export const advance = orderCommand(
  'advance',
  'Go to the next step without waiting for more evidence',
  'It skips waiting, never proof: a gate that fails, or whose evidence is invalid, refuses it.',
  'traffic is low at night',
);
export const abort = orderCommand('abort', 'End a rollout: traffic goes back to the release before', '', 'the wrong release was promoted');
