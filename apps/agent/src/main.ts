import { randomUUID } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { wordsOf } from '#core/base/fault.ts';
import { announce, refuseTwin } from './announcement.ts';
import { agentApp } from './app.ts';
import { agentPort } from './http.ts';
import { localWorld, type RuntimeName, runtimes } from './local-world.ts';

const help = `Runs servers for pools: fetches and verifies, starts, proves, keeps fresh, tries.

  node apps/agent/src/main.ts --home .conch

  --home <folder>       releases, journal, models and announcements live here (needed)
  --id <name>           name of this node among the agents of the home (one)
  --runtime <name>      embedded, or tritonserver where it is installed (embedded)
  --exit-with-parent    end when standard input closes
  --fault-ports         for tests and benchmarks only: embedded servers take faults on a port that each names in its log`;

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    id: { type: 'string', default: 'one' },
    runtime: { type: 'string' },
    'exit-with-parent': { type: 'boolean', default: false },
    'fault-ports': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help || values.home === undefined) {
  console.log(help);
  process.exit(values.help ? 0 : 2);
}

try {
  const home = realpathSync(values.home);
  const id = nameOf(values.id);
  const runtime = runtimeOf(values.runtime);
  if (values['fault-ports'] && runtime !== 'embedded') throw new RangeError(`--fault-ports needs --runtime embedded, not ${runtime}`);
  const log = (line: string): void => console.log(`${new Date().toISOString()} ${line}`);
  await refuseTwin(home, id);
  const incarnation = randomUUID().slice(0, 8);
  const { world, substitution, close } = localWorld({ home, id, incarnation, runtime, log, faultPorts: values['fault-ports'] });
  const agent = agentApp(world, { substitution });

  const end = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      // Asked twice means now; servers end with us.
      process.once(signal, () => process.exit(1));
      end.abort();
    });
  }
  if (values['exit-with-parent'])
    process.stdin
      .resume()
      .once('end', () => end.abort())
      .once('error', () => end.abort());

  const port = await agentPort(agent, { id, incarnation });
  const withdraw = announce(home, { kind: 'agent', id, incarnation, pid: process.pid, url: port.url, startedAt: Date.now() });
  if (values['fault-ports']) log('--fault-ports: servers take faults on purpose; for tests and benchmarks only');
  log(`agent ${id} runs servers on ${runtime}${substitution === 'none' ? '' : ` (${substitution})`}, home ${home}`);
  await agent.run(end.signal);
  withdraw();
  await port.close();
  close();
  process.exit(0);
} catch (thrown) {
  console.error(`agent: ${wordsOf(thrown)}`);
  process.exit(1);
}

function runtimeOf(text: string | undefined): RuntimeName {
  if (text === undefined) return 'embedded';
  const name = runtimes.find((one) => one === text);
  if (name === undefined) throw new RangeError(`--runtime takes ${runtimes.join(' or ')}, not '${text}'`);
  return name;
}

function nameOf(id: string): string {
  if (!/^[A-Za-z0-9_.-]{1,64}$/.test(id)) throw new RangeError(`--id takes letters, digits, '.', '_' and '-', not '${id}'`);
  return id;
}
