import { command, maybeArgument, toggle } from '../command.ts';
import { configOf } from '../init/config-of.ts';

export const config = command({
  name: 'config',
  says: 'Print the config.pbtxt that a contract asks for, with the reason above each part',
  more:
    'FOLDER holds contract.yaml. Batching, instances, warm-up, queue limits and histogram edges follow from the contract, and from the ' +
    'model file whether it has a batch dimension. --write puts it where none is; one that is there stays, and what differs is shown.',
  example: 'conch config examples/digits/releases/b\nconch config digits --write',
  takes: {
    folder: { ...maybeArgument('FOLDER', 'Release folder, with contract.yaml in it; otherwise the one you stand in'), otherwise: '.' },
    write: toggle('Write it to repository/<model>/config.pbtxt, if there is none'),
  },
  run: configOf,
});
