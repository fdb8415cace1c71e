import { command } from '../command.ts';
import { runtimeLines } from '../runtime/runtime-lines.ts';
import { runtimesHere } from '../runtime/runtimes-here.ts';

export const list = command({
  name: 'list',
  says: 'Say which runtimes this machine has, in which version, and what each can run',
  more:
    "Looked for are a tritonserver that CONCH_TRITONSERVER names, those on the PATH, NVIDIA's in /opt/tritonserver, and the one that conch runtime install installs. " +
    'Each is asked for its version. conch explain CODE tells more of a finding. It ends with 0: all of them start; 1: one does not; 2: it could not be looked at.',
  example: 'conch runtime list\nconch runtime list --output json | jq .tritonservers[].version',
  takes: {},
  async run(_, terminal) {
    const here = await runtimesHere(terminal.signal);
    for (const line of runtimeLines(here, terminal)) terminal.say(line);
    terminal.give(here);
    return [here.embedded, ...here.tritonservers].some(({ findings }) => findings.length > 0) ? 1 : 0;
  },
});
