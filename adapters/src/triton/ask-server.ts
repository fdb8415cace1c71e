import { Agent, type Dispatcher, request } from 'undici';
import { wordsOf } from '#core/base/fault.ts';
import type { Ms } from '#core/base/time.ts';
import type { Heard, HeardProbe, HeardVersion } from '#core/probe/heard.ts';
import { versionsToAsk } from '#core/probe/read-index.ts';

export type Asking = {
  /** Without a slash at its end; `/v2…` is added. */
  readonly url: string;
  /** For the whole probe, whatever the server does. */
  readonly patienceMs: Ms;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

/** No answer is read further than this; the index of ten thousand models is smaller. */
const bodyBytesMax = 4 * 1024 * 1024;
/** Triton answers all but inference in one thread: a probe leaves room for others. */
const questionsAtOnce = 4;

/** Asks a server what there is to know about its health, and only reads. Whatever comes back is a value; nothing is thrown. */
export async function askServer({ url, patienceMs, headers = {}, signal: interrupt }: Asking): Promise<HeardProbe> {
  const dispatcher = new Agent({ keepAliveTimeout: 1000, connections: questionsAtOnce, connect: { timeout: 0 } });
  const deadline = AbortSignal.timeout(patienceMs);
  const signal = interrupt ? AbortSignal.any([deadline, interrupt]) : deadline;
  const began = performance.now();
  const ask = async (path: string, method: 'GET' | 'POST' = 'GET'): Promise<Heard> => {
    if (signal.aborted) return notAsked;
    try {
      return await heardOf(await request(`${url}${path}`, { dispatcher, method, headers, signal, headersTimeout: 0, bodyTimeout: 0 }));
    } catch (thrown) {
      return signal.aborted ? { is: 'late', afterMs: performance.now() - began } : missedBy(thrown);
    }
  };
  try {
    const live = await ask('/v2/health/live');
    if (live.is !== 'answer') return { url, live, ready: notAsked, server: notAsked, index: notAsked, metrics: notAsked, versions: [] };
    const [ready, server, index] = await Promise.all([ask('/v2/health/ready'), ask('/v2'), ask('/v2/repository/index', 'POST')]);
    const isEmpty = server.is === 'answer' && server.status === 200 && server.body === '';
    const metrics = isEmpty ? await ask('/metrics') : notAsked;
    return { url, live, ready, server, index, metrics, versions: await askVersions(index, ask) };
  } finally {
    await dispatcher.destroy();
  }
}

const notAsked: Heard = { is: 'not-asked' };

async function askVersions(index: Heard, ask: (path: string) => Promise<Heard>): Promise<HeardVersion[]> {
  const [left, asked] = [versionsToAsk(index), [] as HeardVersion[]];
  const askOneByOne = async (): Promise<void> => {
    for (let next = left.shift(); next; next = left.shift()) {
      const path = `/v2/models/${next.model}/versions/${next.version}`;
      asked.push({ ...next, ready: await ask(`${path}/ready`), config: await ask(`${path}/config`) });
    }
  };
  await Promise.all(Array.from({ length: questionsAtOnce }, askOneByOne));
  return asked;
}

async function heardOf(reply: Dispatcher.ResponseData): Promise<Heard> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of reply.body as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    // Leaving the loop closes the connection.
    if (length > bodyBytesMax) break;
  }
  const { statusCode: status } = reply;
  const location = status >= 300 && status < 400 ? [reply.headers['location']].flat()[0] : undefined;
  const body = Buffer.concat(chunks).subarray(0, bodyBytesMax).toString('utf8');
  return { is: 'answer', status, body, isWhole: length <= bodyBytesMax, ...(location === undefined ? {} : { location }) };
}

function missedBy(thrown: unknown): Heard {
  const { name, code, data } = (thrown ?? {}) as { name?: unknown; code?: unknown; data?: unknown };
  const word = typeof code === 'string' ? code : '';
  if (word === 'ECONNREFUSED') return { is: 'refused' };
  if (word === 'ENOTFOUND' || word === 'EAI_AGAIN') return { is: 'no-such-host' };
  if (word === 'ECONNRESET' || word === 'UND_ERR_SOCKET' || word === 'EPIPE') return { is: 'hung-up' };
  if (word.startsWith('ERR_SSL') || word === 'EPROTO') return { is: 'no-tls' };
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(word)) return { is: 'certificate', says: wordsOf(thrown).split(';')[0] ?? '' };
  if (name === 'HTTPParserError') return { is: 'not-http', starts: typeof data === 'string' ? data : '' };
  return { is: 'unreachable', says: wordsOf(thrown).trim() };
}
