import { installTritonserver } from '#adapters/runtime/install-tritonserver.ts';
import { BadValue, argument, command } from '../command.ts';
import { refuse } from '../findings.ts';
import { runtimeLines } from '../runtime/runtime-lines.ts';
import { runtimesHere } from '../runtime/runtimes-here.ts';

export const install = command({
  name: 'install',
  says: 'Install a real tritonserver for this machine, without Docker and without a GPU',
  more:
    "RUNTIME is tritonserver: NVIDIA's own, from a wheel on PyPI, every package checked by its sha256. It goes into ~/.cache/conch/peers, or the folder that CONCH_PEERS names, " +
    'and touches nothing else. It needs Linux on x86-64 with glibc 2.35, Python 3.11 or 3.12 with a shared libpython, and 1 GB of disk. Done again it changes nothing; interrupted, it is done anew.',
  example: 'conch runtime install tritonserver\nPYTHON=/usr/bin/python3.12 conch runtime install tritonserver',
  takes: { runtime: { ...argument('RUNTIME', 'What to install: tritonserver'), read: readRuntime } },
  async run(_, terminal) {
    const installed = await installTritonserver({ say: (line) => terminal.note(line), signal: terminal.signal });
    if ('problem' in installed) {
      return refuse([{ severity: 'error', place: { file: 'conch runtime install tritonserver' }, ...installed.problem }], terminal);
    }
    const { home, isNew } = installed;
    terminal.say(`tritonserver ${isNew ? 'is installed' : 'is there already'}, in ${home}\n`);
    const here = await runtimesHere(terminal.signal);
    for (const line of runtimeLines(here, terminal)) terminal.say(line);
    terminal.give({ home, isNew, tritonservers: here.tritonservers });
    return here.tritonservers.some(({ by, findings }) => by === 'installed' && findings.length > 0) ? 1 : 0;
  },
});

function readRuntime(typed: string): 'tritonserver' {
  if (typed === 'tritonserver') return typed;
  throw new BadValue(`'${typed}' cannot be installed: tritonserver can, and embedded came with Conch`);
}
