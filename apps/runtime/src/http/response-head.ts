import type { Answer } from './answer.ts';
import type { RequestHead } from './request-head.ts';

/** The head of an answer, in the order and with the words of Triton's HTTP library. It sends no date. */
export function writeHead({ version, connection }: RequestHead, answer: Answer, { isLast }: { readonly isLast: boolean }): Buffer {
  const { status, body, type, headLength } = answer;
  const length = Buffer.byteLength(body);
  const isOld = version.minor === 0;
  const wrote: string[] = [];
  if (type !== 'text/plain') wrote.push(`Content-Type: ${type ?? 'application/json'}`);
  if (headLength !== undefined) wrote.push(`Inference-Header-Content-Length: ${headLength}`);
  for (const [name, value] of Object.entries(answer.headers ?? {})) wrote.push(`${name}: ${value}`);
  if (answer.isChunked) wrote.push('Transfer-Encoding: chunked');
  else if (length > 0) wrote.push(`Content-Length: ${length}`);
  if (isOld ? !isLast && connection.includes('keep-alive') : isLast) wrote.push(`Connection: ${isOld ? 'keep-alive' : 'close'}`);
  if (length === 0 && !isOld) wrote.push('Content-Length: 0');
  if (type === 'text/plain') wrote.push('Content-Type: text/plain');
  return Buffer.from(`${printed(version)} ${status} ${reasons[status] ?? 'Unknown'}\r\n${wrote.join('\r\n')}\r\n\r\n`, 'latin1');
}

/** What is said to a client that asks first whether to send its body. */
export const writeContinue = ({ version }: RequestHead): Buffer => Buffer.from(`${printed(version)} 100 Continue\r\n\r\n`, 'latin1');

/** Each number as one letter, counted from the zero: so it is beyond 9, too. */
function printed({ major, minor }: RequestHead['version']): string {
  return `HTTP/${String.fromCharCode(48 + major)}.${String.fromCharCode(48 + minor)}`;
}

const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Not Allowed',
  499: 'Client Closed Request',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

/** The body as it goes over the wire. */
export function writeBody({ body, isChunked }: Answer): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  if (!isChunked) return bytes;
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n0\r\n\r\n')]);
}
