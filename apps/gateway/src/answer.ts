import type { ServerResponse } from 'node:http';

/** Why the gateway itself answers; also in the header `conch-refused`, so that nobody takes it for a server's answer. */
export type RefusalCode =
  | 'unknown-model'
  | 'closed'
  | 'no-server'
  | 'not-found'
  | 'method'
  | 'forbidden'
  | 'too-large'
  | 'too-many'
  | 'timeout'
  | 'unreachable'
  | 'broken'
  | 'bad-request';

export const statusOf: Readonly<Record<RefusalCode, number>> = {
  'unknown-model': 404,
  closed: 503,
  'no-server': 503,
  'not-found': 404,
  method: 405,
  forbidden: 403,
  'too-large': 413,
  'too-many': 503,
  timeout: 504,
  unreachable: 502,
  broken: 502,
  'bad-request': 400,
};

/** The gateway's own answer, in the form of Triton's errors. */
export function refuse(response: ServerResponse, code: RefusalCode, says: string): void {
  const status = statusOf[code];
  const body = JSON.stringify({ error: says });
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'conch-refused': code,
    ...(status === 503 ? { 'retry-after': '1' } : {}),
  });
  response.end(body);
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  const body = JSON.stringify(value);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
