import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { stalePages } from './render/pages.ts';

// npm run render    everything that is rendered, again

const root = resolve(import.meta.dirname, '..');
const stale = stalePages(root);

for (const { path, text } of stale) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  console.log(`rendered ${path}`);
}
if (stale.length === 0) console.log('render: all is as it should be');
