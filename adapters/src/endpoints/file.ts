import { join } from 'node:path';
import type { Endpoints } from '#core/ports/agent.ts';
import type { EndpointsFile } from '#core/traffic/wire.ts';
import { writeAtomically } from '../files/atomic.ts';

/** The fast feed of one agent: `<home>/run/endpoints/<agent>.json`, replaced as a whole, watched by the gateways of the home. */
export function endpointsInFile({ home, agent, incarnation }: { home: string; agent: string; incarnation: string }): Endpoints {
  const path = join(home, 'run', 'endpoints', `${agent}.json`);
  return {
    async publish(endpoints) {
      const file: EndpointsFile = { agent, incarnation, endpoints };
      writeAtomically(path, `${JSON.stringify(file)}\n`);
    },
  };
}
