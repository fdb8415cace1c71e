import { mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, wordsOf } from '#core/base/fault.ts';
import type { AcceptedTargets, AgentMemory } from '#core/ports/agent.ts';
import { acceptedTargets } from '#core/rollout/fleet-wire.ts';
import { writeAtomically } from '../files/atomic.ts';

/**
 * What an agent keeps across its own restarts: `<home>/agent/targets/<model>.json`. A file that is no such thing is set aside, so that
 * people can look at it: control sends its targets again, and one spoiled file keeps no other model down.
 */
export function agentMemoryInFiles({ home, log }: { home: string; log: (line: string) => void }): AgentMemory {
  const folder = join(home, 'agent', 'targets');

  function read(name: string): AcceptedTargets | 'spoiled' {
    try {
      const targets = acceptedTargets.parse(JSON.parse(readFileSync(join(folder, name), 'utf8')));
      if (`${targets.model}.json` !== name) throw new Error(`it is about ${targets.model}`);
      return targets;
    } catch (thrown) {
      renameSync(join(folder, name), join(folder, `${name}.spoiled`));
      log(`${join(folder, name)} cannot be read and is set aside as ${name}.spoiled: ${wordsOf(thrown)}`);
      return 'spoiled';
    }
  }

  return {
    async load() {
      try {
        mkdirSync(folder, { recursive: true });
        const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
        return names.map(read).filter((targets) => targets !== 'spoiled');
      } catch (cause) {
        throw new Fault('memory/unreadable', `${folder} cannot be read: ${wordsOf(cause)}`, { isRetryable: true, cause });
      }
    },
    async store(targets) {
      writeAtomically(join(folder, `${targets.model}.json`), `${JSON.stringify(targets, null, 1)}\n`);
    },
  };
}
