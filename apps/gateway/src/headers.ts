import type { IncomingHttpHeaders } from 'node:http';

/** Headers of one connection, not of the message (RFC 9110, 7.6.1), and those that the next hop writes itself. */
const ofTheHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);
const notForTheServer = new Set(['host', 'expect', 'content-length']);

/** What travels on to the server. Names that we speak with ourselves (`conch-…`) are nobody else's. */
export function headersForServer(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return kept(headers, (name) => notForTheServer.has(name) || name.startsWith('conch-'));
}

export function headersForClient(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  return kept(headers, (name) => name.startsWith('conch-'));
}

function kept(headers: IncomingHttpHeaders, isDropped: (name: string) => boolean): Record<string, string | string[]> {
  const named = headers.connection === undefined || headers.connection === 'keep-alive' ? none : namesIn(headers.connection);
  const left: Record<string, string | string[]> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && !ofTheHop.has(name) && !named.has(name) && !isDropped(name)) left[name] = value;
  }
  return left;
}

const none: ReadonlySet<string> = new Set();

function namesIn(connection: string | string[]): ReadonlySet<string> {
  return new Set(
    String(connection)
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
}
