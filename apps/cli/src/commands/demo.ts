import { command, folderOption, maybeWholeOption, toggle, wholeOption } from '../command.ts';
import { runDemo } from '../demo/demo.ts';
import { runtimeOption } from '../runtime/runtime-option.ts';

export const demo = command({
  name: 'demo',
  says: 'Tell the whole story live on this machine: good releases get to full traffic, bad ones come back',
  more:
    'Starts control, gateway and an agent with its servers, sends real traffic, and promotes eight releases of the digits ' +
    'example, one after the other. Less than two minutes. Exit code 1 when anything is not as told.',
  example: 'conch demo\nconch demo --keep\nconch demo --runtime tritonserver',
  takes: {
    keep: toggle('Leave everything running at the end'),
    runtime: runtimeOption,
    rate: maybeWholeOption('N', 'Requests a second that the clients send (500; on tritonserver 200)', {
      nothing: 'as the runtime bears',
      min: 100,
      max: 5000,
    }),
    seed: wholeOption('N', 'Chooses when control is killed; 0: by chance', { otherwise: 0, min: 0, max: 1_000_000 }),
    port: wholeOption('PORT', 'Port for clients; a free one when it is taken', { otherwise: 8080, min: 0, max: 65_535 }),
    // No environment variable: what CONCH_HOME names is nothing to empty.
    home: folderOption('Where its state lives; emptied at the start if a demo made it', '.conch/demo'),
  },
  // A model on tritonserver is a server and a Python process, and four run at a time: two processors bear less of them.
  run: ({ rate, ...settings }, terminal) =>
    runDemo({ ...settings, rate: typeof rate === 'number' ? rate : settings.runtime === 'embedded' ? 500 : 200 }, terminal),
});
