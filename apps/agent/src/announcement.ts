import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { writeAtomically } from '#adapters/files/atomic.ts';
import { Fault } from '#core/base/fault.ts';
import { type AgentAnnounced, agentAnnounced } from '#core/rollout/fleet-wire.ts';

/** Tells everyone in this home where the agent is. Returns what takes it back. */
export function announce(home: string, about: AgentAnnounced): () => void {
  const path = pathOf(home, about.id);
  writeAtomically(path, `${JSON.stringify(about)}\n`);
  return () => {
    const there = readAnnounced(path);
    if (there !== 'none' && there.incarnation === about.incarnation) rmSync(path, { force: true });
  };
}

/** Two agents under one id would write one journal and one list of endpoints. */
export async function refuseTwin(home: string, id: string): Promise<void> {
  const there = readAnnounced(pathOf(home, id));
  if (there === 'none') return;
  const answer = await request(`${there.url}/v1/health`, { headersTimeout: 1000, bodyTimeout: 1000 }).catch(() => 'none' as const);
  if (answer === 'none') return;
  const health = (await answer.body.json().catch(() => ({}))) as { incarnation?: unknown };
  if (health.incarnation !== there.incarnation) return;
  throw new Fault('agent/twin', `an agent with id '${id}' runs already in ${home} (pid ${there.pid}): give this one another --id`, {
    isRetryable: false,
  });
}

const pathOf = (home: string, id: string): string => join(home, 'run', `agent-${id}.json`);

function readAnnounced(path: string): AgentAnnounced | 'none' {
  try {
    return agentAnnounced.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return 'none';
  }
}
