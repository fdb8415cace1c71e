import { existsSync } from 'node:fs';
import { Fault } from '#core/base/fault.ts';
import type { Kind } from '../announced.ts';
import { command } from '../command.ts';
import { homeAt, named } from '../home.ts';
import { withLock } from '../home-lock.ts';
import { stopWorld } from '../local-world.ts';

export const down = command({
  name: 'down',
  says: 'End everything that runs in a home, gently, and check that nothing is left',
  more: 'Control ends first, then the gateway, which answers what is under way, then the agent with its servers. State, journal and releases stay: `conch up` takes them up again.',
  example: 'conch down',
  takes: {},
  async run({ home: folder }, terminal) {
    const home = homeAt(folder);
    const waiting = (): void => terminal.note('another conch starts or ends things in this home; waiting for it...');
    try {
      const stop = (): Promise<Kind[]> => stopWorld(home, (line) => terminal.say(line));
      // Somebody may have removed the folder under them; then there is no place for a lock either.
      const ended = existsSync(home.folder) ? await withLock(home, 'world', { patienceMs: 60_000, waiting }, stop) : await stop();
      const state = existsSync(home.folder) ? `all state stays in ${named(home.folder)}` : `${named(home.folder)} had been removed`;
      terminal.say(ended.length === 0 ? `nothing runs in ${named(home.folder)}` : `nothing is left running; ${state}`);
      terminal.give({ home: home.folder, ended });
      return 0;
    } catch (thrown) {
      if (!(thrown instanceof Fault) || !thrown.code.startsWith('world/')) throw thrown;
      terminal.give({ error: { code: thrown.code, says: thrown.message } });
      terminal.note(terminal.paint('bad', thrown.message));
      return 1;
    }
  },
});
