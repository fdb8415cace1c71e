import { deepStrictEqual, match, strictEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { join } from 'node:path';
import { embedded } from '#adapters/runtime/embedded.ts';
import { repositoryRoot } from '../repository-root.ts';
import { probe } from '../commands/probe.ts';
import { fakeTerminal } from '../fake-terminal.ts';

async function probed(url: string) {
  const terminal = fakeTerminal();
  const code = await probe.run({ url, timeout: '10s' }, terminal);
  return { code, said: terminal.said.map((line) => line.replaceAll(url, 'URL')), given: terminal.given };
}

/** The runtime of ours with a release, when its ports are open. */
async function serving(release: string): Promise<AsyncDisposable & { http: string }> {
  const repository = join(repositoryRoot, 'examples/digits/releases', release, 'repository');
  const running = await embedded().start({ id: release, repository, model: 'digits' });
  while (
    !(await fetch(`${running.http}/v2`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await Promise.race([running.exited, new Promise(setImmediate)]);
  return { http: running.http, [Symbol.asyncDispose]: () => running.stop(0) };
}

test('a healthy server is shown with its models, and ends with 0', async () => {
  await using server = await serving('a');
  const { code, said } = await probed(server.http);
  deepStrictEqual(
    [code, said.filter((line) => !line.startsWith('extensions: '))],
    [
      0,
      [
        'URL  conch-embedded 0.1.0  live, ready',
        '',
        'digits 1  READY  onnxruntime_onnx, batches up to 16, dynamic batching (prefers 16), instances: 1 on CPU',
        '    in  pixels FP32 [64]',
        '    out probabilities FP32 [10]',
        '',
        'healthy',
      ],
    ],
  );
});

test('a server that is not ready says which model is why, and ends with 1', async () => {
  await using server = await serving('e-truncated');
  const { code, said, given } = await probed(server.http);
  strictEqual(code, 1);
  match(
    said.join('\n'),
    /live, not ready[^]*digits 1 {2}UNAVAILABLE {2}Internal: onnx runtime error 7[^]*error {2}probe\/not-ready[^]*\n\nnot healthy$/,
  );
  strictEqual((given[0] as { verdict: string }).verdict, 'not-healthy');
});

test('what cannot be looked at ends with 2', async () => {
  const { code, said } = await probed('http://127.0.0.1:1');
  strictEqual(code, 2);
  match(said.join('\n'), /^URL {2}error {2}probe\/refused {2}nobody listens there\n {4}fix: is it running/);
});
