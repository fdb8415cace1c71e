import type { CallHead } from './call.ts';

/** The metadata of a call whose names match, as parameters of its inferences. Of a name that comes twice the last one holds. */
export function forwardedHeaders({ rawHeaders }: Pick<CallHead, 'rawHeaders'>, pattern: RegExp | undefined): ReadonlyMap<string, string> {
  const forwarded = new Map<string, string>();
  if (pattern === undefined) return forwarded;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    if (!isMetadata(name) || name.search(pattern) === -1) continue;
    forwarded.set(name, name.endsWith('-bin') ? Buffer.from(value, 'base64').toString() : value);
  }
  return forwarded;
}

/** What belongs to HTTP or gRPC itself is no metadata; the user agent is. */
function isMetadata(name: string): boolean {
  return !name.startsWith(':') && !name.startsWith('grpc-') && name !== 'te' && name !== 'content-type';
}
