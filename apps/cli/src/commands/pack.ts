import { argument, command, toggle } from '../command.ts';
import { refuse, show } from '../findings.ts';
import { homeAt, homeFlag, named } from '../home.ts';
import { packInto } from '../pack-into.ts';

export const pack = command({
  name: 'pack',
  says: 'Make a release of a folder: every part by digest, stored under one address',
  more:
    'The folder holds contract.yaml, golden.json, route.json and repository/<model>/. The same files give the same ' +
    'digest on every machine. Pieces that disagree are findings, and nothing is stored.',
  example: 'conch pack examples/digits/releases/b',
  takes: {
    folder: argument('FOLDER', 'Folder with contract.yaml in it'),
    despiteDisagreements: toggle('Pack pieces that disagree; for drills: every rollout of it will be rejected'),
  },
  async run({ folder, despiteDisagreements, home: homeFolder }, terminal) {
    const home = homeAt(homeFolder);
    const packed = await packInto(home, folder, { despiteDisagreements });
    if (!('digest' in packed)) return refuse(packed.findings, terminal);
    show(packed.findings, terminal);
    const { digest, model, bytes, isNew } = packed;
    terminal.say(`${digest}  ${model}, ${(bytes / 1e6).toFixed(1)} MB, ${isNew ? 'stored in' : 'was already in'} ${named(home.store)}`);
    terminal.say(`Next: conch promote ${model} ${digest.slice(7, 19)}${homeFlag(home)}`);
    terminal.give({ digest, model, bytes, isNew, findings: packed.findings });
    return 0;
  },
});
