import { deepStrictEqual } from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeModels } from './models.ts';
import { type LikenessServer, startBoth } from './servers.ts';

/** What is sent, piece by piece, each as a packet of its own. */
type Pieces = readonly string[];

const body = '{"inputs":[{"name":"x","datatype":"FP32","shape":[2],"data":[1,2]}]}';
const live = 'GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\r\n';
const infer = (headers: string, sent = body): string => `POST /v2/models/flat/infer HTTP/1.1\r\nHost: x\r\n${headers}\r\n${sent}`;
const length = `Content-Length: ${body.length}\r\n`;
const chunked = 'Transfer-Encoding: chunked\r\n';
const size = body.length.toString(16);
const first = (line: string): string => `${line}\r\nHost: x\r\n\r\n`;
const withHeader = (header: string): string => `GET /v2/health/live HTTP/1.1\r\n${header}\r\n\r\n`;

const talks: Readonly<Record<string, Pieces>> = {
  'no host': ['GET /v2/health/live HTTP/1.1\r\n\r\n'],
  'HTTP/1.0': [first('GET /v2/health/live HTTP/1.0')],
  'HTTP/1.0, kept alive': ['GET /v2/health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', live],
  'HTTP/1.0 with a body': [`POST /v2/models/flat/infer HTTP/1.0\r\n${length}\r\n${body}`],
  'HTTP/0.9': ['GET /v2/health/live\r\n\r\n'],
  'a version to come': [first('GET /v2/health/live HTTP/3.1')],
  'a version of two digits': [first('GET /v2/health/live HTTP/11.1')],
  'half a version': [first('GET /v2/health/live HTTP/1')],
  'another protocol': [first('GET /v2/health/live HTTQ/1.1')],
  'an unknown method': [first('FOO /v2/health/live HTTP/1.1')],
  'a method in small letters': [first('get /v2/health/live HTTP/1.1')],
  ...Object.fromEntries(['HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'DELETE'].map((method) => [method, [first(`${method} /v2 HTTP/1.1`)]])),
  CONNECT: [first('CONNECT x:80 HTTP/1.1')],
  'no path': [first('GET  HTTP/1.1')],
  'a path without its slash': [first('GET v2/health/live HTTP/1.1')],
  'a star': [first('OPTIONS * HTTP/1.1')],
  'a whole URL': [first('GET http://x/v2/health/live HTTP/1.1')],
  'two spaces': [first('GET  /v2/health/live  HTTP/1.1')],
  'a tab': [first('GET\t/v2/health/live HTTP/1.1')],
  'a fragment': [first('GET /v2/health/live#x HTTP/1.1')],
  'a zero byte in the path': [first('GET /v2/health/live\0x HTTP/1.1')],
  'bytes beyond ASCII in the path': [first('GET /v2/health/l\u00efve HTTP/1.1')],
  'a path of 8,000 bytes': [first(`GET /v2/${'a'.repeat(8000)} HTTP/1.1`)],
  'bare line feeds': ['GET /v2/health/live HTTP/1.1\nHost: x\n\n'],
  'a bare line feed at the end': ['GET /v2/health/live HTTP/1.1\r\nHost: x\r\n\n'],
  'an empty line first': [`\r\n${live}`, live],
  ...Object.fromEntries(
    [
      ['\r', live],
      ['\n', live, live],
      ['\r\r', live, live],
      ['\r\n\r', live],
      ['\r', '\n', live],
      ['\r', `\r${live}`, live],
      [`\r${live}`, live, live],
      [`\r${infer(length)}`, live],
      ['\r', infer(length).slice(0, 50), infer(length).slice(50)],
      [live, '\r', live],
      [`${infer(length)}\r\n${live}`, live],
      ['\r ', live],
      ['\rfoo', live],
    ].map((pieces) => [`what stands before a request: ${JSON.stringify(pieces.map((piece) => piece.slice(0, 4)))}`, pieces]),
  ),
  'a space first': [` ${live}`],
  'no text at all': ['\x00\x01\x02\r\n\r\n'],
  ...Object.fromEntries(
    ['A : x', 'A', ': x', 'A:', 'A: b\r\n c: d', 'A: b\0c', 'A\x01: x', `A: ${'a'.repeat(8191)}`, `A: ${'a'.repeat(8192)}`].map(
      (header) => [`the header ${JSON.stringify(header.slice(0, 12))} of ${header.length} bytes`, [withHeader(header)]],
    ),
  ),
  ...Object.fromEntries(
    [
      ...['Connection:  close', 'Connection:\tclose', 'Connection: close ', 'Connection: close\t', 'Connection: keep-alive '],
      ...[
        'Content-Encoding: gzip ',
        'Content-Encoding: identity ',
        'Accept-Encoding: gzip ',
        'Accept-Encoding: \tgzip\t',

        'Accept-Encoding: x,\tgzip',
      ],
      ...['gzip ;q=0.5', 'gzip; q=0.5'].map((accepted) => `Accept-Encoding: ${accepted}`),
      ...[`Inference-Header-Content-Length: ${body.length} `, 'Expect: 100-continue '],
    ].map((header) => [`blanks about a value: ${JSON.stringify(header)}`, [infer(`${length}${header}\r\n`), live]]),
  ),
  'chunks and a blank': [infer('Transfer-Encoding: chunked \r\n', `${size}\r\n${body}\r\n0\r\n\r\n`), live],
  'a content encoding without a name': [infer(`${length}Content-Encoding: \r\n`)],
  ...Object.fromEntries(
    ['q=x', 'q=', 'q=-1', ';', 'Q=0'].map((weight) => [`a weight of ${weight}`, [infer(`${length}Accept-Encoding: gzip;${weight}\r\n`)]]),
  ),
  '3,000 headers': [withHeader(Array.from({ length: 3000 }, (_, index) => `X${index}: a`).join('\r\n'))],
  ...Object.fromEntries(
    ['close', 'Close', 'keep-alive', 'foo, close', 'Upgrade\r\nUpgrade: h2c'].map((value) => [
      `connection ${JSON.stringify(value)}`,
      [withHeader(`Connection: ${value}`), live],
    ]),
  ),
  'a query': [first('GET /v2/health/live?a=b HTTP/1.1')],
  'requests one behind the other': [live + live + live],
  'requests one behind the other, and then another': [live + first('GET /nope HTTP/1.1'), live],
  'a request behind an inference': [infer(length) + live],
  'a request without a length': [infer('')],
  'a length of nothing': [infer('Content-Length: 0\r\n', '')],
  'a length that is too short': [infer('Content-Length: 10\r\n')],
  'bytes behind the body': [infer(length, `${body}xx`)],
  ...Object.fromEntries(
    ['-1', 'abc', `+${body.length}`, `${body.length}x`, ` ${body.length} `, '99999999999999999999', ''].map((value) => [
      `the length ${JSON.stringify(value)}`,
      [infer(`Content-Length: ${value}\r\n`)],
    ]),
  ),
  'the same length twice': [infer(length + length)],
  'two lengths': [infer(`${length}Content-Length: 5\r\n`)],
  'a GET with a body': [`GET /v2/health/live HTTP/1.1\r\nContent-Length: 3\r\n\r\n`, 'abc', live],
  'an expectation': [infer(`Expect: 100-continue\r\n${length}`, ''), body],
  'an expectation, and no chunk behind it': [infer(`Expect: 100-continue\r\n${chunked}`, 'Accept: x\r\n')],
  'an expectation, and a chunk behind it': [infer(`Expect: 100-continue\r\n${chunked}`, `${size}\r\n`), `${body}\r\n0\r\n\r\n`],
  'an expectation, and a body with it': [infer(`Expect: 100-continue\r\n${length}`)],
  'an expectation, and no chunk later': [infer(`Expect: 100-continue\r\n${chunked}`, ''), 'Accept: x\r\n'],
  'another expectation': [infer(`Expect: 200-ok\r\n${length}`)],
  'a chunk': [infer(chunked, `${size}\r\n${body}\r\n0\r\n\r\n`), live],
  'chunks in pieces': [
    infer(chunked, `10\r\n${body.slice(0, 16)}\r\n${(body.length - 16).toString(16)}\r\n`),
    body.slice(16),
    '\r\n0\r',
    '\n\r\n',
  ],
  'a chunk whose size has zeros and capitals': [infer(chunked, `00${size.toUpperCase()}\r\n${body}\r\n00\r\n\r\n`)],
  'chunks with a trailer': [infer(chunked, `${size}\r\n${body}\r\n0\r\nA: x\r\n\r\n`)],
  'a chunk with an extension': [infer(chunked, `${size};a=b\r\n${body}\r\n0\r\n\r\n`)],
  'a chunk of no size': [infer(chunked, `zz\r\n${body}\r\n0\r\n\r\n`)],
  'a chunk that is longer than its size': [infer(chunked, `5\r\n${body}\r\n0\r\n\r\n`)],
  'a chunk and a length': [infer(chunked + length)],
  ...Object.fromEntries(
    [body.length, 0, 5, 999].flatMap((said) => [
      [`chunks and the length ${said} behind`, [infer(`${chunked}Content-Length: ${said}\r\n`, `${size}\r\n${body}\r\n0\r\n\r\n`), live]],
      [
        `chunks, the length ${said} behind and that of the head`,
        [
          infer(
            `${chunked}Content-Length: ${said}\r\nInference-Header-Content-Length: ${body.length}\r\n`,
            `${size}\r\n${body}\r\n0\r\n\r\n`,
          ),
          live,
        ],
      ],
    ]),
  ),
  'chunks in another encoding': [infer('Transfer-Encoding: gzip, chunked\r\n', `${size}\r\n${body}\r\n0\r\n\r\n`)],
  'chunks in capitals': [infer('TRANSFER-ENCODING: CHUNKED\r\n', `${size}\r\n${body}\r\n0\r\n\r\n`)],
  'an identity encoding': [infer(`Transfer-Encoding: identity\r\n${length}`)],
  'no length first, and then one': [infer(`Content-Length: 0\r\n${length}`)],
  'a length that is none, and then one': [infer(`Content-Length: 1 1\r\n${length}`)],
  'another encoding, and then chunks': [infer(`Transfer-Encoding: x\r\n${chunked}`, `${size}\r\n${body}\r\n0\r\n\r\n`)],
  'kept alive, and then closed': [withHeader('Connection: keep-alive\r\nConnection: close')],
  'a space before the colon of a length': [withHeader('Content-Length : 5')],
  'a line without a colon, in a head that has no end yet': ['GET /v2/health/live HTTP/1.1\r\nHost: x\r\n8\r\n'],
  'a line without a colon, and more': ['GET /v2/health/live HTTP/1.1\r\nHost: x\r\n8\r\nA: b'],
  'a request behind an inference that is refused': [infer('Content-Length: 3\r\n', '{x}') + live],
  'a request behind an inference whose head is too long': [infer(`Inference-Header-Content-Length: 999\r\n${length}`) + live],
  'a trailer, and another request': [infer(chunked, `${size}\r\n${body}\r\n0\r\nA: x\r\n\r\n${live}`), live],
  'a trailer that is no header': [infer(chunked, `${size}\r\n${body}\r\n0\r\n25\r\n`)],
  'a trailer that is no header, and more': [infer(chunked, `${size}\r\n${body}\r\n0\r\n25\r\nabc\r\n`)],
  'a size that can be none, without its end': [infer(chunked, '{"a":1}')],
  'a length and a chunk': [infer(`Content-Length: 5\r\n${chunked}`, `${size}\r\n${body}\r\n0\r\n\r\n`)],
  'a length in two lines': [withHeader('Content-Length:\r\n 5')],
  'a length with a zero byte': [infer(`Content-Length: ${body.length}\0\r\n`)],
  'a version of nought': [first('GET /v2/health/live HTTP/0.9') + live],
  'a version with a nought': [first('GET /v2/health/live HTTP/2.0') + live],
  'no version, and more later': [first('GET /v2/health/live'), live],
  'no version, and an expectation': ['GET /v2/health/live\r\nExpect: 100-continue\r\n\r\n'],
  'a version to come, and an expectation': ['GET /v2/health/live HTTP/3.1\r\nExpect: 100-continue\r\n\r\n'],
  'a version and a space': [first('GET /v2/health/live HTTP/1.1 ')],
  'what can be no version': ['GET /v2/health/live HX'],
  'a version that is cut off': [first('GET /v2/health/live HTT')],
  'a method with an underscore': [first('G_T /v2/health/live HTTP/1.1')],
  'a first header that goes on': ['GET /v2/health/live HTTP/1.1\r\n\tfolded\r\nHost: x\r\nA'],
  'a first header whose name is a space': ['GET /v2/health/live HTTP/1.1\r\n : x\r\nHost: x\r\nA'],
  'a return first': [`\rA${live}`],
  'a head of an inference beyond 32 bits': [infer(`Inference-Header-Content-Length: 4294967296\r\n${length}`)],
  'half a head': ['GET /v2/health/live HTTP/1.1\r\nHost: x\r\n'],
  'half a body': [infer(length, body.slice(0, 20))],
};

test('whatever bytes come, the embedded runtime says what the real tritonserver says', async (t) => {
  const repository = writeModels();
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  const both = await startBoth([repository], ['--model-control-mode=explicit', '--disable-auto-complete-config', '--load-model=flat']);
  if ('skip' in both) return t.skip(both.skip);
  t.after(() => Promise.all(both.map((one) => one.stop())));
  for (const endsWith of ['and the client waits', 'and the client has said its last word'] as const) {
    await t.test(endsWith, async () => {
      const isHalfClosed = endsWith !== 'and the client waits';
      let asked = Object.keys(talks);
      let told: readonly Told[] = [];
      for (const silenceMs of silencesMs) {
        told = await Promise.all(both.map((server) => allTalks(server, asked, isHalfClosed, silenceMs)));
        asked = asked.filter((name) => told[0]?.[name] !== told[1]?.[name]);
      }
      deepStrictEqual(told[0], told[1]);
    });
  }
});

/**
 * How long nothing may come until nothing more is awaited. What differs is asked again, and must then be the same: now and then the real
 * one stands still for half a second and more, or its reset overtakes its answer on the way to the client.
 */
const silencesMs = [1000, 3000, 3000];

type Told = Readonly<Record<string, string>>;

/** A few at a time: each waits for what may still come. */
async function allTalks(server: LikenessServer, names: readonly string[], isHalfClosed: boolean, silenceMs: number): Promise<Told> {
  const left = [...names];
  const told: Record<string, string> = {};
  const worker = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      told[name] = await talk(server, talks[name] ?? [], isHalfClosed, silenceMs);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return told;
}

/** All that came back, and whether the connection was still open when nothing more came. */
function talk({ http }: LikenessServer, pieces: Pieces, isHalfClosed: boolean, silenceMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ port: Number(new URL(http).port), host: '127.0.0.1', noDelay: true });
    let said = '';
    let timer: NodeJS.Timeout | undefined;
    const settle = (end: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(`${said.replaceAll('"data":[1.0,2.0]', '"data":[1,2]')}${end}`);
    };
    socket.on('data', (bytes: Buffer) => {
      said += bytes.toString('latin1');
    });
    socket.on('end', () => settle('<closed>'));
    socket.on('error', () => settle('<closed>'));
    socket.on('connect', () => {
      void (async () => {
        for (const [index, piece] of pieces.entries()) {
          if (index > 0) await sleep(100);
          socket.write(Buffer.from(piece, 'latin1'));
        }
        if (isHalfClosed) socket.end();
        timer = setTimeout(() => settle('<open>'), silenceMs);
      })();
    });
  });
}
