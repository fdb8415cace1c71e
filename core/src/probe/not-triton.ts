import type { Finding } from '../base/finding.ts';
import { formatDuration } from '../base/time.ts';
import type { Heard, HeardProbe } from './heard.ts';
import { errorIn } from './read-index.ts';

type Said = Pick<Finding, 'code' | 'says' | 'fix'>;

/** Why nothing could be asked there, and where to look instead. */
export function noAnswer(heard: Exclude<Heard, { is: 'answer' }>, url: string): Said {
  switch (heard.is) {
    case 'refused':
      return {
        code: 'probe/refused',
        says: 'nobody listens there',
        fix: `is it running, and is this its --http-port (${portOf(url)})? Triton opens its ports only when every model of its start has loaded or failed: until then its log is all there is to read`,
      };
    case 'unreachable':
      return {
        code: 'probe/unreachable',
        says: heard.says,
        fix: 'look at the address, the network and the firewall between here and there',
      };
    case 'no-such-host':
      return {
        code: 'probe/no-such-host',
        says: `there is no host ${new URL(url).hostname}`,
        fix: 'look at the name; a name of a cluster is known only inside it',
      };
    case 'late':
      return {
        code: 'probe/late',
        says: `no whole answer within ${formatDuration(heard.afterMs)}`,
        fix: 'a server that is stuck, a firewall that drops, or a port of something else; --timeout 30s waits longer',
      };
    case 'hung-up':
      return {
        code: 'probe/hung-up',
        says: 'it took the connection and closed it without an answer',
        fix: `a server that ends does that; else it may speak ${isTls(url) ? 'no TLS' : 'TLS'}: conch probe ${otherScheme(url)}`,
      };
    case 'not-http':
      return notHttp(heard.starts, url);
    case 'no-tls':
      return { code: 'probe/no-tls', says: 'no TLS is spoken there', fix: `conch probe ${otherScheme(url)}` };
    case 'certificate':
      return {
        code: 'probe/certificate',
        says: `its certificate is not trusted: ${heard.says}`,
        fix: `name its authority: NODE_EXTRA_CA_CERTS=ca.pem conch probe ${url}`,
      };
    case 'not-asked':
      return { code: 'probe/not-asked', says: 'it was not asked: the time was up', fix: '--timeout 30s waits longer' };
  }
}

/** Something answers in HTTP, but not as the KServe protocol wants `GET /v2` to be answered. */
export function notTriton({ server, metrics, url }: Pick<HeardProbe, 'server' | 'metrics' | 'url'>): Said {
  if (server.is !== 'answer') return noAnswer(server, url);
  const { status, body, location } = server;
  if (location !== undefined) {
    return {
      code: 'probe/redirect',
      says: `it sends elsewhere: ${location}`,
      fix: 'probe the server itself; redirects are not followed, as clients of Triton do not either',
    };
  }
  if (metrics.is === 'answer' && /^nv_\w+/m.test(metrics.body)) {
    return {
      code: 'probe/metrics-port',
      says: "this is Triton's metrics port",
      fix: `requests go to its --http-port, two below unless it was set: conch probe ${portBelow(url, 2)}`,
    };
  }
  if (status === 400 && /HTTPS port/i.test(body)) {
    return { code: 'probe/tls', says: 'it speaks TLS', fix: `conch probe ${otherScheme(url)}` };
  }
  if (status === 401 || status === 403) {
    return {
      code: 'probe/forbidden',
      says: `it tells us nothing (${status}): ${errorIn(server)}`,
      fix: "give what it wants: --header 'NAME: VALUE'",
    };
  }
  if (status >= 502 && status <= 504) {
    return {
      code: 'probe/proxy',
      says: `a proxy answers (${status}): nothing serves behind it`,
      fix: 'probe the server itself, past the proxy',
    };
  }
  const what = status === 200 ? (server.isWhole ? 'no server metadata' : 'more than anyone should read') : `${status}`;
  return {
    code: 'probe/not-triton',
    says: `this is no Triton: GET ${new URL(url).pathname.replace(/\/$/, '')}/v2 gives ${what}${body.trim() === '' ? '' : `: ${body.trim().replace(/\s+/g, ' ').slice(0, 80)}`}`,
    fix: "give the address of Triton's --http-port (8000), with the path in front of /v2 when a proxy adds one",
  };
}

function notHttp(starts: string, url: string): Said {
  // The first frame of HTTP/2 is SETTINGS: three bytes of length, then its type, 4.
  if (starts.startsWith('\0') && starts.codePointAt(3) === 4) {
    return {
      code: 'probe/grpc-port',
      says: 'this is a gRPC port',
      fix: `conch probe speaks HTTP; --http-port is one below unless it was set: conch probe ${portBelow(url, 1)}`,
    };
  }
  // A TLS alert record.
  if (starts.startsWith('\u0015\u0003')) return { code: 'probe/tls', says: 'it speaks TLS', fix: `conch probe ${otherScheme(url)}` };
  return {
    code: 'probe/not-http',
    says: `what answers is not HTTP; it begins with ${JSON.stringify(starts.slice(0, 40))}`,
    fix: "give the address of Triton's --http-port (8000)",
  };
}

const isTls = (url: string): boolean => url.startsWith('https:');
const otherScheme = (url: string): string => (isTls(url) ? url.replace('https:', 'http:') : url.replace('http:', 'https:'));

function portOf(url: string): string {
  const { port, protocol } = new URL(url);
  return port || (protocol === 'https:' ? '443' : '80');
}

function portBelow(url: string, by: number): string {
  const other = new URL(url);
  other.port = String(Math.max(1, Number(portOf(url)) - by));
  return other.href.replace(/\/$/, '');
}
