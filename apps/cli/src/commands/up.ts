import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '#core/base/fault.ts';
import { type Present, present } from '../announced.ts';
import { command, wholeOption } from '../command.ts';
import { type Home, homeAt, homeFlag, named } from '../home.ts';
import { withLock } from '../home-lock.ts';
import { refuse } from '../findings.ts';
import { startWorld } from '../local-world.ts';
import { processesOf } from '../process-table.ts';
import { anyRuntimeOption, lookForRuntime, type RuntimeName, runtimeHere } from '../runtime/runtime-option.ts';

export const up = command({
  name: 'up',
  says: 'Start control, gateway and agent on this machine, as far as they do not run yet',
  more: 'They go on until `conch down`. What was decided before is taken up where it stood.',
  example: 'conch up\nconch up --runtime embedded\nconch promote digits examples/digits/releases/a',
  takes: {
    port: wholeOption('PORT', 'Port for clients; a free one when it is taken', { otherwise: 8080, min: 0, max: 65_535 }),
    runtime: anyRuntimeOption,
  },
  async run({ home: folder, port, runtime: wanted }, terminal) {
    const home = homeAt(folder);
    const runtime = await chosenRuntime(wanted, home, terminal.signal);
    if ('finding' in runtime) return refuse([runtime.finding], terminal);
    const say = (line: string): void => terminal.note(line);
    const waiting = (): void => say('another conch starts or ends things in this home; waiting for it...');
    try {
      const { before, there } = await withLock(home, 'world', { patienceMs: 60_000, waiting }, async () => ({
        before: await present(home, { cleans: true }),
        there: await startWorld(home, { port, runtime: runtime.name, endsWithUs: false, signal: terminal.signal, say }),
      }));
      for (const one of there) {
        const isNew = !before.some(({ incarnation }) => incarnation === one.incarnation);
        const taken = isNew && isOtherPort(one, port) ? terminal.paint('warn', `  (port ${port} is taken by another program)`) : '';
        terminal.say(`${one.kind.padEnd(8)} ${isNew ? 'started' : 'runs already'}, pid ${one.pid}${placeOf(one)}${taken}`);
      }
      const runsOn = agentsRuntime(home) ?? runtime.name;
      const other = `servers run on ${runsOn}, as the agent was started; for ${runtime.name}: conch down, then conch up --runtime ${runtime.name}`;
      terminal.say(runsOn === runtime.name ? runtime.says : other);
      terminal.say(`\nhome ${named(home.folder)}, logs in ${named(home.logs)}`);
      const hasModels = readdirSync(join(home.folder, 'desired')).length > 0;
      terminal.say(`Next: conch ${hasModels ? 'status' : 'promote digits examples/digits/releases/a'}${homeFlag(home)}`);
      terminal.give({
        home: home.folder,
        runtime: runsOn,
        processes: there.map(({ kind, id, pid, client, admin, url }) => ({ kind, id, pid, client, admin, url })),
      });
      return 0;
    } catch (thrown) {
      if (!(thrown instanceof Fault) || !thrown.code.startsWith('world/')) throw thrown;
      terminal.give({ error: { code: thrown.code, says: thrown.message } });
      terminal.note(terminal.paint('bad', thrown.message));
      return 1;
    }
  },
});

/** What was asked for; unasked, what the agent runs on already, or the best that is here. */
async function chosenRuntime(wanted: 'auto' | RuntimeName, home: Home, signal: AbortSignal) {
  if (wanted !== 'auto') return lookForRuntime(wanted, 'conch up');
  const runsOn = agentsRuntime(home);
  return runsOn ? { name: runsOn, says: `servers run on ${runsOn}, as before` } : runtimeHere(signal);
}

/** What the agent that runs was started with; undefined when none runs. */
function agentsRuntime(home: Home): RuntimeName | undefined {
  const agent = processesOf(home).find(({ args }) => args.some((arg) => arg.endsWith('apps/agent/src/main.ts')));
  if (!agent) return undefined;
  return agent.args[agent.args.indexOf('--runtime') + 1 || agent.args.length] === 'tritonserver' ? 'tritonserver' : 'embedded';
}

function placeOf({ client, url }: Present): string {
  return client ? `, clients at ${client}` : url ? `, at ${url}` : '';
}

function isOtherPort({ client }: Present, port: number): boolean {
  return client !== undefined && port !== 0 && new URL(client).port !== String(port);
}
