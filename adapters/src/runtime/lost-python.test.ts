import { match, strictEqual } from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { httpTriton } from '../triton/client.ts';
import { descendants, gone } from './descendants.ts';
import { live } from './runtime-contract.ts';
import { chosenTritonserver, findTritonservers } from './find-tritonserver.ts';
import { tritonserver } from './tritonserver.ts';

const found = chosenTritonserver(findTritonservers());
if (!found && process.env.CONCH_CI === '1')
  throw new Error('tritonserver is not installed, and CONCH_CI=1 allows no skipping: run scripts/peers/tritonserver.sh');
const skip = !found && 'tritonserver is not installed: run scripts/peers/tritonserver.sh';

test('a tritonserver that loses a Python process is ended, and says which model lost it', { skip, timeout: 60_000 }, async (t) => {
  const before = descendants(process.pid);
  // A copy: Python writes its cache beside a model.
  const repository = mkdtempSync(join(tmpdir(), 'conch-reviews-'));
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  cpSync(new URL('../../../examples/reviews/releases/b-tokenizer/repository', import.meta.url), repository, { recursive: true });
  const server = await tritonserver({ found: found as NonNullable<typeof found> }).start({ id: 'one', repository, model: 'reviews' });
  t.after(() => server.stop(1000));
  await live(server);
  strictEqual(await httpTriton().isModelReady(server.http, 'reviews', '1'), true);
  const family = descendants(process.pid).filter((pid) => !before.includes(pid));
  // The youngest is one of the three that run Python.
  process.kill(Math.max(...family), 'SIGKILL');
  const { signal, says } = await server.exited;
  strictEqual(signal, 'SIGKILL');
  match(says, /^the Python process of reviews_\w+ has ended, and tritonserver starts no other: it is ended too$/);
  await gone(family);
});
