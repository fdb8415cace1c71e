import { short } from '#core/base/digest.ts';
import { argument, command, modelArgument } from '../command.ts';
import { refuse, show } from '../findings.ts';
import { homeAt, homeFlag, named } from '../home.ts';
import { isControlUp } from '../orders.ts';
import { promoteTo } from '../promotion.ts';
import { Records } from '../records.ts';
import { releaseNamed } from '../release-named.ts';

export const promote = command({
  name: 'promote',
  says: 'Say which release of a model is desired; control takes it there, or says why not',
  more:
    'RELEASE is a digest, its first six digits or more, or a release folder, which is packed first. A tag is refused: it can ' +
    'change under us. Written is desired/<model>.yaml in the home, one generation up; capacity is edited there.',
  example: 'conch promote digits examples/digits/releases/b\nconch promote digits 4f0c2a91d7e3 && conch rollout watch digits',
  takes: {
    model: modelArgument('Model whose release it is'),
    release: argument('RELEASE', 'Digest, beginning of one, or folder'),
  },
  async run({ model, release: typed, home: folder }, terminal) {
    const home = homeAt(folder);
    const records = new Records(home);
    try {
      const meant = await releaseNamed(home, model, typed, { despiteDisagreements: false });
      if (!('digest' in meant)) return refuse(meant.findings, terminal);
      show(meant.findings, terminal);
      const { digest, isPacked } = meant;
      if (isPacked) terminal.say(`packed ${typed} as ${short(digest)}`);
      const promotion = await promoteTo(home, records, model, digest);
      terminal.give({ model, release: digest, isPacked, ...promotion });
      const { desired } = promotion;
      switch (promotion.is) {
        case 'same':
          terminal.say(`nothing changes: ${promotion.why}`);
          return 0;
        case 'again':
          terminal.say(`generation ${desired.generation} of ${model} desires ${short(digest)} again: ${promotion.why}`);
          break;
        case 'changed': {
          const { before } = promotion;
          const from = before === 'none' ? 'the first one' : `before: ${short(before.release)}`;
          terminal.say(`generation ${desired.generation} of ${model} desires ${short(digest)} (${from})`);
          break;
        }
      }
      terminal.say(`written to ${named(home.folder)}/desired/${model}.yaml`);
      if (!(await isControlUp(home))) {
        terminal.say(terminal.paint('warn', `control is down: it begins when control is back (conch up${homeFlag(home)})`));
      }
      terminal.say(`Follow it: conch rollout watch ${model}${homeFlag(home)}`);
      return 0;
    } finally {
      records.close();
    }
  },
});
