import { BadValue } from '../command.ts';

/** `host`, `host:port`, or a URL, also of a page below it, to what `/v2` is added to. Throws a BadValue. */
export function readUrl(typed: string): string {
  const text = typed.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') {
    throw new BadValue(`${scheme}:// is not asked: give the address of the server's HTTP port, as in http://localhost:8000`);
  }
  const url = parsed(scheme === undefined ? `http://${text}` : text);
  if (url === undefined || url.hostname === '') throw new BadValue(`'${typed}' is no address: give HOST:PORT, or http://HOST:PORT`);
  if (url.username !== '' || url.password !== '') throw new BadValue("no user and password in an address: --header 'Authorization: …'");
  // Who leaves out scheme and port means Triton's; who writes http:// and no port means 80, as everywhere. URL forgets a written :80.
  if (scheme === undefined && url.port === '' && !/:80(\/|$)/.test(text)) url.port = '8000';
  return `${url.origin}${url.pathname.replace(/\/(v2(\/.*)?)?$/, '')}`;
}

/** `NAME: VALUE` → a pair of both. */
export function readHeader(typed: string): readonly [string, string] {
  const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:\s*([^\r\n]*)$/.exec(typed.trim());
  if (!match?.[1]) throw new BadValue(`'${typed}' is no header: write 'NAME: VALUE'`);
  return [match[1], match[2] ?? ''];
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
