import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What came back of one request: the whole answer, or what there was of it when the connection closed or the patience ended. */
export type Heard = { readonly bytes: Buffer; readonly end: 'whole' | 'closed' | 'silent' };

const answerMaxMs = 15_000;

/** One request on a connection of its own, and its answer. */
export async function sendHttp(port: number, request: Buffer): Promise<Heard> {
  return await converse(port, [request], {
    silenceMs: answerMaxMs,
    isHalfClosed: false,
    isEnough: (bytes) => isWhole(bytes, isHead(request)),
  });
}

export type Talk = {
  /** How long nothing comes before it is taken that nothing will. */
  readonly silenceMs: number;
  /** Whether the client says that it has said its last word. */
  readonly isHalfClosed: boolean;
  isEnough(bytes: Buffer): boolean;
};

/** Pieces of bytes, each a packet of its own, and all that comes back. */
export async function converse(port: number, pieces: readonly Buffer[], { silenceMs, isHalfClosed, isEnough }: Talk): Promise<Heard> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const heard: Buffer[] = [];
  try {
    return await new Promise<Heard>((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const settle = (end: Heard['end']): void => {
        clearTimeout(timer);
        resolve({ bytes: Buffer.concat(heard), end });
      };
      socket.on('data', (bytes: Buffer) => {
        heard.push(bytes);
        if (isEnough(Buffer.concat(heard))) settle('whole');
        else timer?.refresh();
      });
      socket.on('end', () => settle('closed'));
      socket.on('error', () => settle('closed'));
      socket.on('connect', () => {
        void sendPieces(socket, pieces, isHalfClosed).then(() => (timer = setTimeout(() => settle('silent'), silenceMs)));
      });
    });
  } finally {
    socket.destroy();
  }
}

/** Between packets there is time for the server to read the one before. */
const betweenMs = 40;

async function sendPieces(socket: Socket, pieces: readonly Buffer[], isHalfClosed: boolean): Promise<void> {
  for (const [at, piece] of pieces.entries()) {
    if (at > 0) await sleep(betweenMs);
    if (socket.writable) socket.write(piece);
  }
  if (isHalfClosed) socket.end();
}

const isHead = (request: Buffer): boolean => request.subarray(0, 5).toString() === 'HEAD ';

function isWhole(bytes: Buffer, hasNoBody: boolean): boolean {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return false;
  const head = bytes.subarray(0, end).toString('latin1');
  if (/^HTTP\/\d.\d 100/.test(head)) return isWhole(bytes.subarray(end + 4), hasNoBody);
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1] ?? Number.NaN);
  return hasNoBody || bytes.length >= end + 4 + length;
}
