import { deepStrictEqual } from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { endpointsFile } from '#core/traffic/wire.ts';
import { endpointsInFile } from './file.ts';

test('each publication replaces the whole list, and leaves no draft behind', async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'conch-endpoints-'));
  t.after(() => rmSync(home, { recursive: true }));
  const endpoints = endpointsInFile({ home, agent: 'one', incarnation: 'x' });
  const server = (name: string) => ({ server: name, incarnation: 'i', model: 'm', pool: 'p', http: 'http://127.0.0.1:8000' });
  await endpoints.publish([server('a'), server('b')]);
  await endpoints.publish([server('b')]);
  const folder = join(home, 'run', 'endpoints');
  deepStrictEqual(readdirSync(folder), ['one.json']);
  deepStrictEqual(endpointsFile.parse(JSON.parse(readFileSync(join(folder, 'one.json'), 'utf8'))), {
    agent: 'one',
    incarnation: 'x',
    endpoints: [server('b')],
  });
});
