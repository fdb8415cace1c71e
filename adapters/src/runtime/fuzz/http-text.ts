type Headers = readonly (readonly [string, string])[];

/** A whole request. A length that is among the headers is left as it is. */
export function httpRequest(method: string, path: string, body: Buffer | string = '', headers: Headers = []): Buffer {
  const bytes = Buffer.from(body);
  const hasLength = headers.some(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
  const all =
    hasLength || (bytes.length === 0 && method === 'GET') ? headers : [...headers, ['Content-Length', String(bytes.length)] as const];
  const lines = all.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\nHost: x\r\n${lines}\r\n`), bytes]);
}

/** In chunks of these sizes, the last of them what is left. */
export function chunked(body: Buffer, sizes: readonly number[]): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of [...sizes, body.length]) {
    const piece = body.subarray(at, at + size);
    if (piece.length > 0) pieces.push(Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from('\r\n'));
    at += size;
  }
  return Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
}
