import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../log.ts';
import { Refused } from '../server/refused.ts';
import { statusOf } from '../http/handler.ts';
import type { FaultDice } from './fault-dice.ts';
import { readFaults } from './faults.ts';

/** `PUT /faults` sets all faults, `DELETE /faults` ends them. */
export async function answerAdmin(faults: FaultDice, log: Log, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  try {
    if (request.url !== '/faults' || (request.method !== 'PUT' && request.method !== 'DELETE'))
      throw new Refused('Not found', 'there is PUT /faults and DELETE /faults');
    const set = request.method === 'DELETE' ? {} : readFaults(Buffer.concat(pieces).toString());
    faults.set(set);
    log.warning('faults.ts', `Faults on purpose: ${JSON.stringify(set)}`);
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(set));
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    response.writeHead(statusOf[thrown.code], { 'Content-Type': 'application/json' }).end(JSON.stringify({ error: thrown.message }));
  }
}
