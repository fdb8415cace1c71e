import { strictEqual, throws } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { certificates } from '#adapters/runtime/likeness/made-up-certificates.ts';
import { readTls } from './tls.ts';

test('what is wrong with the files is said, with the flag that names them', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'conch-tls-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const good = {
    cert: file('cert', certificates.server),
    key: file('key', certificates.serverKey),
    root: file('root', certificates.root),
    isMutual: true,
  };
  strictEqual(readTls(good).requestCert, true);
  strictEqual(readTls({ ...good, root: '', isMutual: false }).rejectUnauthorized, false);
  throws(() => readTls({ ...good, cert: '' }), { message: '--grpc-server-cert is missing' });
  throws(() => readTls({ ...good, key: '' }), { message: '--grpc-server-key is missing' });
  throws(() => readTls({ ...good, root: '/nope' }), /--grpc-root-cert=\/nope cannot be read: ENOENT/);
  for (const wrong of [{ key: file('other', certificates.clientKey) }, { cert: file('text', 'no certificate') }])
    throws(() => readTls({ ...good, ...wrong }), /^Error: no certificate, key and root that go together are in \/.*, \/.*, \/.*: error:/);
});
