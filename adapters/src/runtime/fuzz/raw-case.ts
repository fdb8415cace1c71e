import { type Dice, weighted } from '#core/base/dice.ts';
import type { Case } from './case.ts';
import { chunked, httpRequest } from './http-text.ts';
import { binaryBody, jsonBody } from './infer-bodies.ts';

/** Bytes that may be no HTTP at all: good requests, changed, in one packet or several. */
export function rawCase(dice: Dice): Case {
  const requests = Array.from({ length: dice.pick([1, 1, 1, 2, 3]) }, () => goodRequest(dice));
  let bytes: Buffer = Buffer.concat(requests);
  const told: string[] = [];
  for (let count = dice.pick([0, 1, 1, 1, 2, 3]); count > 0; count -= 1) {
    const [changed, says] = weighted(dice, changes)(dice, bytes);
    bytes = changed;
    told.push(says);
  }
  const pieces = dice.chance(0.4) ? inPieces(dice, bytes) : [bytes];
  const isHalfClosed = dice.chance(0.6);
  return { says: `raw bytes: ${told.join(', ') || 'as they are'}`, steps: [{ kind: 'raw', pieces, isHalfClosed }] };
}

function goodRequest(dice: Dice): Buffer {
  return weighted<() => Buffer>(dice, [
    [
      3,
      () =>
        httpRequest('GET', dice.pick(['/v2/health/live', '/v2/health/ready', '/v2', '/v2/models/flat', '/nope']), '', someHeaders(dice)),
    ],
    [
      3,
      () => {
        const { model, body, headers } = dice.chance(0.7) ? jsonBody(dice) : binaryBody(dice);
        return httpRequest('POST', `/v2/models/${model}/infer`, body, [...someHeaders(dice), ...headers]);
      },
    ],
    [
      2,
      () => {
        const { model, body, headers } = jsonBody(dice);
        const sizes = [1 + dice.below(50), 1 + dice.below(50)];
        return httpRequest('POST', `/v2/models/${model}/infer`, chunked(body, sizes), [...headers, ['Transfer-Encoding', 'chunked']]);
      },
    ],
    [1, () => httpRequest('POST', '/v2/repository/index', '{"ready":true}', someHeaders(dice))],
  ])();
}

const headers: readonly (readonly [string, string])[] = [
  ['Connection', 'close'],
  ['Connection', 'keep-alive'],
  ['Connection', 'Keep-Alive'],
  ['Accept', '*/*'],
  ['Expect', '100-continue'],
  ['X-Empty', ''],
  ['Content-Type', 'application/json'],
  ['Accept-Encoding', 'gzip'],
  ['Upgrade', 'websocket'],
];

const someHeaders = (dice: Dice): (readonly [string, string])[] => Array.from({ length: dice.below(3) }, () => dice.pick(headers));

type Change = (dice: Dice, bytes: Buffer) => readonly [Buffer, string];

/** A place in the head is likelier than one in a body, of which there is more. */
function placeIn(dice: Dice, bytes: Buffer): number {
  const head = bytes.indexOf('\r\n\r\n') + 4;
  return dice.chance(0.7) ? dice.below(Math.max(1, Math.min(head, bytes.length))) : dice.below(bytes.length || 1);
}

const replaced = (bytes: Buffer, at: number, size: number, by: Buffer | string): Buffer =>
  Buffer.concat([bytes.subarray(0, at), Buffer.from(by), bytes.subarray(at + size)]);

const flipped: Change = (dice, bytes) => {
  const at = placeIn(dice, bytes);
  return [replaced(bytes, at, 1, Buffer.from([(bytes[at] ?? 0) ^ (1 << dice.below(8))])), `a bit flipped at ${at}`];
};

const cut: Change = (dice, bytes) => {
  const at = placeIn(dice, bytes);
  return [bytes.subarray(0, at), `cut at ${at}`];
};

const lost: Change = (dice, bytes) => {
  const at = placeIn(dice, bytes);
  return [replaced(bytes, at, 1 + dice.below(4), ''), `some lost at ${at}`];
};

const odd: Change = (dice, bytes) => {
  const at = placeIn(dice, bytes);
  const by = dice.pick([
    '\r',
    '\n',
    '\r\n',
    '\r\n\r\n',
    ' ',
    '\t',
    ':',
    '\0',
    '/',
    '%',
    '?',
    'x',
    'HTTP/1.1',
    'HTTP/1.0',
    '\u00ff',
    ',',
    ';',
    '0',
    '9',
  ]);
  return [replaced(bytes, at, dice.below(2), Buffer.from(by, 'latin1')), `${JSON.stringify(by)} at ${at}`];
};

const doubledLine: Change = (dice, bytes) => {
  const lines = bytes.toString('latin1').split('\r\n');
  const at = dice.below(lines.length);
  lines.splice(dice.below(lines.length), 0, lines[at] ?? '');
  return [Buffer.from(lines.join('\r\n'), 'latin1'), `line ${at} once more`];
};

const swappedLines: Change = (dice, bytes) => {
  const lines = bytes.toString('latin1').split('\r\n');
  const [one, other] = [dice.below(lines.length), dice.below(lines.length)];
  [lines[one], lines[other]] = [lines[other] ?? '', lines[one] ?? ''];
  return [Buffer.from(lines.join('\r\n'), 'latin1'), `lines ${one} and ${other} change places`];
};

const moreHeader: Change = (dice, bytes) => {
  const at = bytes.indexOf('\r\n');
  const line = dice.pick([
    ...[
      'Content-Length: 5',
      'Content-Length: 0',
      'Content-Length: x',
      'Content-Length: 1 1',
      'Transfer-Encoding: chunked',
      'Transfer-Encoding: x',
    ],
    ...[
      'A: b',
      ' folded',
      '\tfolded',
      'A',
      'A:',
      ':',
      ' : x',
      'A: \u00ff',
      'Content-length : 5',
      'Host: y',
      'Connection: close',
      'Connection: x',
    ],
    ...['Inference-Header-Content-Length: 3', 'Content-Encoding: gzip', 'Expect: 100-continue', 'Expect: x', `A: ${'b'.repeat(9000)}`],
  ]);
  return [at < 0 ? bytes : replaced(bytes, at, 0, Buffer.from(`\r\n${line}`, 'latin1')), `the header ${line.slice(0, 40)} more`];
};

const otherLength: Change = (dice, bytes) => {
  const value = dice.pick(['0', '1', '10', '100000', '-1', '', ' ', '5 ', '+5', '0x5', '5,5', '05', '4294967296', '9223372036854775808']);
  return [Buffer.from(bytes.toString('latin1').replace(/(Content-Length: )\d+/, `$1${value}`), 'latin1'), `a length of ${value}`];
};

const changes: readonly (readonly [number, Change])[] = [
  [5, flipped],
  [3, cut],
  [3, lost],
  [5, odd],
  [2, doubledLine],
  [2, swappedLines],
  [4, moreHeader],
  [2, otherLength],
];

/** A path that comes in two packets is read wrongly by a real Triton, which puts a letter between them: such a cut is made before its line. */
function outsideFirstLines(bytes: Buffer, cut: number): number {
  const before = bytes.lastIndexOf('\r\n', cut);
  const start = before < 0 ? 0 : before + 2;
  const end = bytes.indexOf('\r\n', start);
  const line = bytes.toString('latin1', start, end < 0 ? bytes.length : end);
  return cut > start && / |HTTP/.test(line) && !/^[A-Za-z-]+: /.test(line) ? start : cut;
}

function inPieces(dice: Dice, bytes: Buffer): Buffer[] {
  const cuts = Array.from({ length: 1 + dice.below(3) }, () => outsideFirstLines(bytes, dice.below(bytes.length + 1))).sort(
    (a, b) => a - b,
  );
  return [0, ...cuts].map((from, at) => bytes.subarray(from, cuts[at] ?? bytes.length)).filter((piece) => piece.length > 0);
}
