import type { IncomingMessage, ServerResponse } from 'node:http';
import { statusOf } from '../http/handler.ts';
import { Refused } from '../server/refused.ts';
import { type Faults, readFaults } from './faults.ts';
import type { Misbehaviour } from './misbehaviour.ts';

/** Larger than any set of faults. */
const bytesMax = 65_536;

/** `PUT /faults` sets all faults, `GET /faults` tells them, `DELETE /faults` ends them. */
export async function answerAdmin(misbehaviour: Misbehaviour, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const answer = (status: number, body: object): void => {
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  };
  try {
    const wanted = await readWanted(request);
    if (wanted !== 'told') await misbehaviour.set(wanted);
    answer(200, misbehaviour.faults);
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown;
    answer(statusOf[thrown.code], { error: thrown.message });
  }
}

async function readWanted(request: IncomingMessage): Promise<Faults | 'told'> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes <= bytesMax) pieces.push(piece);
  }
  if (bytes > bytesMax) throw new Refused('Invalid argument', `the body is larger than ${bytesMax} bytes`);
  switch (request.url === '/faults' ? request.method : undefined) {
    case 'GET':
      return 'told';
    case 'PUT':
      return readFaults(Buffer.concat(pieces).toString());
    case 'DELETE':
      return {};
    default:
      throw new Refused('Not found', 'there is GET /faults, PUT /faults and DELETE /faults');
  }
}
