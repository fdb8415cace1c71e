import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { trialSender } from '#adapters/trials/sender.ts';
import type { Fault } from '#core/base/fault.ts';
import type { InferRequest } from '#core/kserve/tensor.ts';
import { sampleOf, TestHome } from './test-home.ts';

const asks: InferRequest = { inputs: [{ name: 'x', datatype: 'FP32', shape: [1], data: [Number.NaN] }] };
const answer = '{"model_name":"digits","model_version":"1","outputs":[{"name":"y","datatype":"FP32","shape":[1],"data":[NaN]}]}';

test('a trial goes through the gateway to the pool and comes back as an answer', async (t) => {
  const home = new TestHome(t);
  const fresh = await home.server('n1', 'new');
  fresh.answer = (_request, response) => response.end(answer);
  await home.publish();
  const gateway = await home.gateway();
  const got = await trialSender({ home: home.folder }).infer('digits', 'new', asks, 1000);
  deepStrictEqual('response' in got && got.response.outputs[0]?.data, [Number.NaN]);
  strictEqual((await sampleOf(gateway, 'new')).trials, 1);
});

test("a server's refusal is an answer, also a 503; the gateway's own is a fault", async (t) => {
  const home = new TestHome(t);
  const fresh = await home.server('n1', 'new');
  fresh.answer = (_request, response) => response.writeHead(503).end('{"error":"Exceeds maximum queue size"}');
  await home.publish();
  await home.gateway();
  const trials = trialSender({ home: home.folder });
  deepStrictEqual(await trials.infer('digits', 'new', asks, 1000), { status: 503, error: 'Exceeds maximum queue size' });
  await rejects(trials.infer('digits', 'elsewhere', asks, 1000), (fault: Fault) => fault.code === 'triton/no-server' && fault.isRetryable);
  fresh.answer = (request) => request.socket.destroy();
  await rejects(trials.infer('digits', 'new', asks, 1000), (fault: Fault) => fault.code === 'triton/broken');
  await fresh.close();
  await rejects(trials.infer('digits', 'new', asks, 1000), (fault: Fault) => fault.code === 'triton/broken');
});

test('an announced gateway that nobody listens at is passed over; without any, that is said', async (t) => {
  const home = new TestHome(t);
  const fresh = await home.server('n1', 'new');
  fresh.answer = (_request, response) => response.end(answer);
  await home.publish();
  const gateway = await home.gateway();
  const dead = {
    kind: 'gateway',
    id: 'a',
    incarnation: 'x',
    pid: process.pid,
    client: 'http://127.0.0.1:1',
    admin: 'http://127.0.0.1:1',
    startedAt: 0,
  };
  await writeFile(join(home.folder, 'run', 'gateway-a.json'), JSON.stringify(dead));
  const trials = trialSender({ home: home.folder });
  strictEqual((await trials.infer('digits', 'new', asks, 1000)).status, 200);
  await gateway.close();
  await rejects(trials.infer('digits', 'new', asks, 1000), (fault: Fault) => fault.code === 'triton/no-gateway');
});
