import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { normalForm } from '#core/model/normal-form.ts';
import { readConfig } from '#core/pbtxt/read-config.ts';
import type { Running, Runtime } from '#core/ports/agent.ts';
import { httpTriton } from '../triton/client.ts';
import { descendants, gone } from './descendants.ts';
import { freePorts } from './free-ports.ts';
import { digitsRelease, requestOf, wrongIn } from './golden-answers.ts';
import type { Ports } from './server-process.ts';

type Options = { readonly pickPorts?: () => Promise<Ports> };
const triton = httpTriton();

/**
 * What every runtime does, ours or the real one. `open` gives one, or says why it cannot be had here;
 * `inAnotherProcess` is the same as an expression, for a process that is going to be killed.
 */
export function runtimeContract(
  name: string,
  open: (options: Options) => Runtime | { readonly skip: string },
  inAnotherProcess: string,
): void {
  const says = (sentence: string, story: (start: (release: string, options?: Options) => Promise<Running>) => Promise<void>): void => {
    test(`${name}: ${sentence}`, async (t) => {
      const started: Running[] = [];
      t.after(() => Promise.all(started.map((running) => running.stop(0))));
      const probe = open({});
      if ('skip' in probe) return t.skip(probe.skip);
      await story(async (release, options = {}) => {
        const runtime = open(options);
        if ('skip' in runtime) throw new Error(runtime.skip);
        const running = await runtime.start({ id: `${release}/0`, repository: digitsRelease(release).repository, model: 'digits' });
        started.push(running);
        return running;
      });
    });
  };

  says('a release that fits becomes ready, in the version it carries', async (start) => {
    const { http } = await live(await start('a'));
    strictEqual(await triton.isModelReady(http, 'digits', '1'), true);
    strictEqual(await triton.isModelReady(http, 'digits', '2'), false);
    deepStrictEqual(await triton.index(http), [{ name: 'digits', version: '1', state: 'READY' }]);
  });

  says('the effective configuration is that of the release', async (start) => {
    const { http } = await live(await start('b'));
    const file = readConfig(digitsRelease('b').configText, 'config.pbtxt');
    ok('config' in file);
    const options = { model: 'digits', gpuClass: 'cpu' };
    const { runtime: _, ...served } = normalForm(await triton.config(http, 'digits'), options);
    deepStrictEqual(served, normalForm(file.config, options));
  });

  says('all golden answers of release A are right, and the counters count them', async (start) => {
    const { http, metrics } = await live(await start('a'));
    const golden = digitsRelease('a').golden();
    const before = await triton.counters(metrics, 'digits');
    for (const one of golden.cases) {
      const answer = await triton.infer(http, 'digits', requestOf(one), 5000);
      ok('response' in answer, `${one.id}: ${'error' in answer ? answer.error : ''}`);
      strictEqual(wrongIn(golden, one, answer.response), undefined);
      strictEqual(answer.response.id, one.id);
    }
    const { succeeded, failed, pending, queueUs } = await triton.counters(metrics, 'digits');
    deepStrictEqual(
      { succeeded: succeeded - before.succeeded, failed, pending },
      { succeeded: golden.cases.length, failed: 0, pending: 0 },
    );
    ok(queueUs > before.queueUs);
  });

  says('requests at the same time share batches, and each gets its own answer', async (start) => {
    const { http } = await live(await start('b'));
    const golden = digitsRelease('b').golden();
    const answers = await Promise.all(golden.cases.map((one) => triton.infer(http, 'digits', requestOf(one), 10_000)));
    for (const [index, one] of golden.cases.entries()) {
      const answer = answers[index];
      ok(answer && 'response' in answer);
      strictEqual(wrongIn(golden, one, answer.response), undefined);
    }
  });

  says('a request that the model cannot take is refused in words', async (start) => {
    const { http } = await live(await start('a'));
    const data = Array(17 * 64).fill(1);
    const tooLarge = await triton.infer(
      http,
      'digits',
      { id: 'big', inputs: [{ name: 'pixels', datatype: 'FP32', shape: [17, 64], data }] },
      5000,
    );
    deepStrictEqual(tooLarge, { status: 400, error: "[request id: big] inference request batch-size must be <= 16 for 'digits'" });
    const unknown = await triton.infer(http, 'nope', { inputs: [] }, 5000);
    deepStrictEqual(unknown, { status: 404, error: "Request for unknown model: 'nope' is not found" });
  });

  says('a truncated model leaves the process up, not ready, with the reason in the index and in the log', async (start) => {
    const running = await live(await start('e-truncated'));
    strictEqual(await triton.isModelReady(running.http, 'digits', '1'), false);
    const [entry] = await triton.index(running.http);
    strictEqual(entry?.state, 'UNAVAILABLE');
    match(entry?.reason ?? '', /^Internal: .*onnx runtime error 7: Load model from .*model\.onnx failed:Protobuf parsing failed\./);
    match(running.tail(100).join('\n'), /failed to load 'digits' version 1: Internal: /);
  });

  says('a configuration that does not fit the model is refused at the load', async (start) => {
    const { http } = await live(await start('e-misfit'));
    strictEqual(await triton.isModelReady(http, 'digits', '1'), false);
    const [entry] = await triton.index(http);
    match(
      entry?.reason ?? '',
      /model 'digits', tensor 'probabilities': the model expects 2 dimensions \(shape \[-1,10\]\) but the model configuration specifies 2 dimensions \(.*complete shape \[-1,12\]\)/,
    );
  });

  says('stopped in the middle of requests, it answers them first', async (start) => {
    const running = await live(await start('c'));
    const { http } = running;
    const [one] = digitsRelease('c').golden().cases;
    ok(one);
    const underWay = triton.infer(http, 'digits', requestOf(one), 10_000);
    await sleep(30);
    const stopped = running.stop(10_000);
    strictEqual((await underWay).status, 200);
    await stopped;
    strictEqual((await running.exited).code, 0);
    strictEqual(await triton.isLive(http), false);
  });

  says('two servers stand side by side', async (start) => {
    const [one, two] = await Promise.all([start('a').then(live), start('b').then(live)]);
    notStrictEqual(one.http, two.http);
    notStrictEqual(one.incarnation, two.incarnation);
  });

  says('when the process that started it is killed, nothing of it stays behind', async () => {
    const here = JSON.stringify(new URL('.', import.meta.url).href);
    const spec = JSON.stringify({ id: 'a/0', repository: digitsRelease('a').repository, model: 'digits' });
    const script = `const here = ${here}; const runtime = ${inAnotherProcess}; const running = await runtime.start(${spec}); console.log(running.http);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [http] = (await once(parent.stdout, 'data')) as [Buffer];
    while (!(await triton.isLive(http.toString().trim()))) await sleep(20);
    const family = descendants(parent.pid ?? 0);
    ok(family.length >= 2, 'the server and its one instance');
    parent.kill('SIGKILL');
    await gone(family);
  });

  says('a port that another process took meanwhile costs a new start on other ports, no more', async (start) => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const taken = (blocker.address() as { port: number }).port;
    let picks = 0;
    const pickPorts = async () => {
      const [http = 0, metrics = 0] = await freePorts(2);
      picks += 1;
      return picks === 1 ? { http: taken, metrics } : picks === 2 ? { http, metrics: taken } : { http, metrics };
    };
    try {
      const running = await start('a', { pickPorts });
      while (picks < 3) await sleep(20);
      await live(running);
      strictEqual(await triton.isModelReady(running.http, 'digits', '1'), true);
    } finally {
      blocker.close();
    }
  });
}

/** Waits until the ports are open: the models have loaded by then, well or not. */
export async function live(running: Running): Promise<Running> {
  const ended = running.exited.then(({ says }) => Promise.reject(new Error(`the server ended: ${says}`)));
  ended.catch(() => undefined);
  const deadline = AbortSignal.timeout(20_000);
  // The real one opens its metrics port a moment after the others.
  const isUp = async (): Promise<boolean> => (await triton.isLive(running.http)) && (await isListening(running.metrics));
  while (!(await Promise.race([isUp(), ended]))) {
    if (deadline.aborted) throw new Error(`not live after 20 s: ${running.tail(5).join('\n')}`);
    await sleep(20);
  }
  return running;
}

async function isListening(url: string): Promise<boolean> {
  return fetch(url).then(
    async (answer) => {
      await answer.text();
      return answer.ok;
    },
    () => false,
  );
}
