import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client } from 'undici';
import { canary, eventually, putRoute, TestHome } from './test-home.ts';
import { startGateway } from './test-process.ts';

test('SIGTERM loses no request: what is under way is answered, then it ends with 0', async (t) => {
  const home = new TestHome(t);
  const old = await home.server('o1', 'old');
  old.answer = (_request, response) => setTimeout(() => response.end('{}'), 20);
  await home.publish();
  const { child, about } = await startGateway(t, home);
  await putRoute(about, { ...canary, split: { stable: 100 } });
  const lost: string[] = [];
  let answered = 0;
  const workers = Array.from({ length: 20 }, async () => {
    const client = new Client(about.client);
    t.after(() => client.destroy());
    while (true) {
      try {
        const { statusCode, body } = await client.request({ path: '/v2/models/digits/infer', method: 'POST', body: '{}' });
        await body.dump();
        if (statusCode === 200) answered += 1;
        else lost.push(String(statusCode));
      } catch (thrown) {
        // No connection, so nothing was sent: a client of two gateways goes to the other one now.
        if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNREFUSED')) lost.push(String(thrown));
        return;
      }
    }
  });
  await eventually(() => answered > 100);
  child.kill('SIGTERM');
  await Promise.all(workers);
  if (child.exitCode === null) await once(child, 'exit');
  deepStrictEqual(lost, []);
  strictEqual(answered, old.seen.length);
  deepStrictEqual([child.exitCode, existsSync(join(home.folder, 'run', 'gateway-p.json'))], [0, false]);
});

test('with --exit-with-parent it ends when standard input closes', async (t) => {
  const { child } = await startGateway(t, new TestHome(t), '--exit-with-parent');
  child.stdin?.end();
  await once(child, 'exit');
  strictEqual(child.exitCode, 0);
});

test('a gateway that was killed leaves its name, and the next one takes it over', async (t) => {
  const home = new TestHome(t);
  const first = await startGateway(t, home);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');
  const second = await startGateway(t, home);
  ok(second.about.incarnation !== first.about.incarnation);
  second.child.kill('SIGTERM');
  await once(second.child, 'exit');
});

test('a wrong flag is said in one line, without a stack', async (t) => {
  const home = new TestHome(t);
  const main = new URL('./main.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [main, '--home', home.folder, '--port', 'http'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stderr.on('data', (chunk) => (output += chunk));
  await once(child, 'close');
  deepStrictEqual([child.exitCode, output.trim().split('\n').length], [1, 1]);
  match(output, /--port takes a whole number, not 'http'/);
});
