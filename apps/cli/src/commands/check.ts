import { checkAll } from '../check/check-all.ts';
import { choiceOption, command, severalArguments, textOption, toggle } from '../command.ts';

export const check = command({
  name: 'check',
  says: 'Say what Triton would refuse, and what production would regret, before anything is built',
  more:
    'PATH is a model, a model repository, or a release folder; a mixture may be given. Nothing is run, and weights are never read. ' +
    'Errors are for what does not load or breaks the contract; warnings are opinions, and a comment in config.pbtxt silences one: ' +
    '# conch: allow CODE: reason. What nobody can know here is unknown, with what it needs. conch explain CODE tells more of a finding. ' +
    'It ends with 0: no error; 1: some; 2: something could not be looked at.',
  example:
    'conch check models/resnet50\n' +
    "conch check models --target triton=24.10,gpu=L4 --server-args '--disable-auto-complete-config'\n" +
    'conch check models --changed-since origin/main --output github',
  takes: {
    paths: severalArguments('PATH', 'Model, model repository or release folder'),
    target: textOption('TARGET', 'Where it is to load: triton=24.10,gpu=L4,driver=550.54; gpu=none is the CPU alone', ''),
    serverArgs: textOption('ARGS', 'Flags of the tritonserver, as they are typed', ''),
    output: choiceOption(
      ['text', 'json', 'sarif', 'github'] as const,
      'Lines for people, JSON, SARIF for code scanning, or annotations of GitHub',
      'text',
      'CONCH_OUTPUT',
    ),
    baseline: textOption('FILE', 'Leave out the findings of this JSON output of an earlier check', ''),
    changedSince: textOption('REF', 'Only models that changed since this revision of git, and ensembles that run them', ''),
    fix: toggle('Mend in place what can be meant in one way only; the meaning stays'),
  },
  run: checkAll,
});
