import { randomBytes } from 'node:crypto';
import { rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { wordsOf } from '#core/base/fault.ts';
import { writeAtomically } from '#adapters/files/atomic.ts';
import { controlApp } from './app.ts';
import { localWorld } from './local-world.ts';

const help = `Decides about releases and moves the world towards what was decided. Has no port: it is spoken to through files of the home.

  node apps/control/src/main.ts --home .conch

  --home <folder>       desired, interventions, state, journal and announcements live here (needed)
  --exit-with-parent    end when standard input closes`;

const { values } = parseArgs({
  options: { home: { type: 'string' }, 'exit-with-parent': { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
});

if (values.help || values.home === undefined) {
  console.log(help);
  process.exit(values.help ? 0 : 2);
}

/** Others take control for alive while its announcement is this fresh, and its process is there. */
const heartbeatMs = 1000;

try {
  const announcement = join(values.home, 'run', 'control.json');
  const world = localWorld(values.home);
  const end = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => end.abort());
  if (values['exit-with-parent']) process.stdin.resume().once('end', () => end.abort());

  const about = { kind: 'control', id: 'control', incarnation: randomBytes(8).toString('hex'), pid: process.pid, startedAt: Date.now() };
  writeAtomically(announcement, `${JSON.stringify(about)}\n`);
  const heartbeat = setInterval(() => {
    const now = new Date();
    try {
      utimesSync(announcement, now, now);
    } catch {
      // The folder is gone or full: others will take control for silent, and that is all an announcement is for.
    }
  }, heartbeatMs);
  world.log(`control runs, home ${values.home}`);
  await controlApp(world).run(end.signal);
  clearInterval(heartbeat);
  rmSync(announcement, { force: true });
  world.close();
  process.exit(0);
} catch (thrown) {
  console.error(`control: ${wordsOf(thrown)}`);
  process.exit(1);
}
