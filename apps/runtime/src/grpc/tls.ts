import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { wordsOf } from '#core/base/fault.ts';

/** `--grpc-use-ssl` and its like: PEM files; '' for one that was not given. With `isMutual` clients have to show a certificate too. */
export type TlsFiles = { readonly cert: string; readonly key: string; readonly root: string; readonly isMutual: boolean };

export type Tls = {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca: Buffer | undefined;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: boolean;
};

/** Reads the files. Throws an Error that says which of them is not good, and for which flag. */
export function readTls({ cert, key, root, isMutual }: TlsFiles): Tls {
  const read = (flag: string, file: string): Buffer => {
    if (file === '') throw new Error(`${flag} is missing`);
    try {
      return readFileSync(file);
    } catch (thrown) {
      throw new Error(`${flag}=${file} cannot be read: ${wordsOf(thrown)}`, { cause: thrown });
    }
  };
  const [chain, secret] = [read('--grpc-server-cert', cert), read('--grpc-server-key', key)];
  // Without one of its own, clients' certificates are judged by the roots that Node knows.
  const ca = root === '' ? undefined : read('--grpc-root-cert', root);
  try {
    createSecureContext({ cert: chain, key: secret, ca });
  } catch (thrown) {
    const files = [cert, key, root].filter(Boolean).join(', ');
    throw new Error(`no certificate, key and root that go together are in ${files}: ${wordsOf(thrown)}`, { cause: thrown });
  }
  return { cert: chain, key: secret, ca, requestCert: isMutual, rejectUnauthorized: isMutual };
}
