import { deepStrictEqual } from 'node:assert';
import { test } from 'node:test';
import { corePurityRule } from './core-purity.ts';

const allowed: string[] = [
  "import { sha256 } from '@noble/hashes/sha2.js';\nimport { z } from 'zod';\nimport { a } from '../base/a.ts';",
  'const at = new Date(now).toISOString();',
  '/** As of Date.now(); see fetch(). */\nconst says = `process.env ${name}`;',
  'export type Registry = { store(bytes: Uint8Array): Promise<Digest>; fetch(digest: Digest): Promise<Uint8Array> };',
  'export const registry = {\n  async fetch(digest: Digest) {\n    return other.fetch(digest);\n  },\n};',
  'const limit = performance.p99Ms;',
  'const { process } = story; run(process);',
  'const date: Date = dates[0]; const crypto = 1;',
];
for (const text of allowed) {
  test(`core may say: ${text.replace(/\s+/g, ' ')}`, () => deepStrictEqual(judge('core/src/gates/p99.ts', text), []));
}

const refused: [text: string, says: string][] = [
  ["import { readFile } from 'node:fs/promises';", '1 core imports node:fs/promises'],
  ["\nimport { request } from 'undici';", '2 core imports the package undici'],
  ['const at = Date.now();', '1 core uses Date.now()'],
  ['const now = Date.now;', '1 core uses Date.now()'],
  ['const at = +new Date();', '1 core uses new Date()'],
  ['const at = `${Date()}`;', '1 core uses Date()'],
  ['performance.now();', '1 core uses performance.now()'],
  ['\n\nMath.random();', '3 core uses Math.random()'],
  ['if (process.env["X"]) a();', '1 core uses process'],
  ['a(globalThis);', '1 core uses globalThis'],
  ['console.log(a);', '1 core uses console'],
  ['const a = Buffer.from(b);', '1 core uses Buffer'],
  ['const a = crypto.randomUUID();', '1 core uses crypto'],
  ['const a = await fetch(url);', '1 core uses fetch()'],
  ['fetch(url);', '1 core uses fetch()'],
  ['const a = b ? fetch(url) : c;', '1 core uses fetch()'],
  ['setTimeout(() => {}, 1);', '1 core uses setTimeout()'],
  ['setInterval(() => {}, 1);', '1 core uses setInterval()'],
];
for (const [text, says] of refused) {
  test(`core may not say: ${text.trim()}`, () => deepStrictEqual(judge('core/src/gates/p99.ts', text), [says]));
}

test('the tests of core, and other folders, may', () => {
  deepStrictEqual(judge('core/src/gates/p99.test.ts', "import { test } from 'node:test';"), []);
  deepStrictEqual(judge('adapters/src/clock/real.ts', 'export const now = Date.now();'), []);
});

function judge(path: string, text: string): string[] {
  return corePurityRule.judge([{ path, text }]).map(({ line, says }) => `${line} ${says}`);
}
