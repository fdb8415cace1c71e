import { command } from '../command.ts';
import { homeAt } from '../home.ts';
import { lookAt } from '../look-at-home.ts';
import { statusLines, statusValue } from '../status-lines.ts';

export const status = command({
  name: 'status',
  says: 'Say what serves, what is on its way, what it waits for, and where that differs from what is desired',
  more: 'It reads what is written down and asks what runs, and changes nothing; it works with control down, and says so.',
  example: 'conch status\nconch status --output json | jq .models[0].rollout',
  takes: {},
  async run({ home: folder }, terminal) {
    const seen = await lookAt(homeAt(folder));
    for (const line of statusLines(seen, Date.now(), terminal)) terminal.say(line);
    terminal.give(statusValue(seen));
    return 0;
  },
});
