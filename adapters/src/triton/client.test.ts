import { deepStrictEqual, rejects, strictEqual } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type TestContext, test } from 'node:test';
import { freePorts } from '../runtime/free-ports.ts';
import { httpTriton } from './client.ts';

// What servers rightly do is in the contract of the runtimes, with real ones; here is what they do wrongly.
const triton = httpTriton({ patienceMs: 300 });

test('a closed port is a server that is not live yet', async () => {
  const [port] = await freePorts(1);
  strictEqual(await triton.isLive(`http://127.0.0.1:${port}`), false);
});

test('a server that says nothing is a fault after the patience, not a server that is not live', async (t) => {
  const http = await serve(t, () => undefined);
  await rejects(triton.isLive(http), { code: 'triton/timeout', isRetryable: true });
  await rejects(triton.infer(http, 'digits', { inputs: [] }, 200), { code: 'triton/timeout' });
});

test('a connection that breaks in the middle of an answer is a fault', async (t) => {
  const http = await serve(t, (_request, response) => {
    response.writeHead(200, { 'Content-Length': 100 }).write('{"model_name"');
    setTimeout(() => response.destroy(), 20);
  });
  await rejects(triton.infer(http, 'digits', { inputs: [] }, 1000), { code: 'triton/broken', isRetryable: true });
});

test('bare NaN and infinities come and go', async (t) => {
  let sent = '';
  const http = await serve(t, (request, response) => {
    request.on('data', (piece) => (sent += String(piece)));
    request.on('end', () =>
      response.end(
        '{"model_name":"m","model_version":"1","outputs":[{"name":"y","datatype":"FP32","shape":[1,3],"data":[NaN,-Infinity,0.5]}]}',
      ),
    );
  });
  const input = { name: 'x', datatype: 'FP32', shape: [1, 2], data: [Number.NaN, Number.POSITIVE_INFINITY] } as const;
  const answer = await triton.infer(http, 'm', { id: 'q', inputs: [input] }, 1000);
  strictEqual(sent, '{"id":"q","inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[NaN,Infinity]}]}');
  deepStrictEqual('response' in answer && answer.response.outputs[0]?.data, [Number.NaN, Number.NEGATIVE_INFINITY, 0.5]);
});

test('an error is in the words of the server, whoever that is', async (t) => {
  const says = async (body: string) =>
    triton.infer(await serve(t, (_request, response) => response.writeHead(503).end(body)), 'm', { inputs: [] }, 1000);
  deepStrictEqual(await says('{"error":"Exceeds maximum queue size"}'), { status: 503, error: 'Exceeds maximum queue size' });
  deepStrictEqual(await says('upstream connect error'), { status: 503, error: 'upstream connect error' });
});

const nonsense = [
  '',
  'hello',
  '[]',
  '{"model_name":"m"}',
  '{"model_name":"m","model_version":"1","outputs":[{"name":"y","datatype":"FP31","shape":[1],"data":[1]}]}',
];

test('an answer that is none is a fault, never an answer', async (t) => {
  for (const body of nonsense) {
    const http = await serve(t, (_request, response) => response.end(body));
    await rejects(triton.infer(http, 'm', { inputs: [] }, 1000), { code: 'triton/garbled', isRetryable: false }, body);
  }
});

test('counters that are not there are a fault, never zero', async (t) => {
  const http = await serve(t, (_request, response) => response.end('nv_inference_request_success{model="other",version="1"} 3\n'));
  await rejects(triton.counters(http, 'digits'), { code: 'triton/metrics' });
});

test('counters are summed over versions and reasons', async (t) => {
  const lines = [
    'nv_inference_request_success{model="m",version="1"} 3',
    'nv_inference_request_success{model="m",version="2"} 4',
    'nv_inference_request_failure{model="m",reason="OTHER",version="1"} 1',
    'nv_inference_request_failure{model="m",reason="BACKEND",version="1"} 2',
    'nv_inference_queue_duration_us{model="m",version="1"} 50',
    'nv_inference_pending_request_count{model="m",version="1"} 6',
    'nv_inference_pending_request_count{model="other",version="1"} 9',
  ];
  const http = await serve(t, (_request, response) => response.end(lines.join('\n')));
  deepStrictEqual(await triton.counters(http, 'm'), { succeeded: 7, failed: 3, queueUs: 50, pending: 6 });
});

test('what waits at the models that an ensemble runs, waits for the ensemble', async (t) => {
  const of = (model: string, [succeeded, queueUs, pending]: readonly [number, number, number]): string[] => [
    `nv_inference_request_success{model="${model}",version="1"} ${succeeded}`,
    `nv_inference_request_failure{model="${model}",reason="OTHER",version="1"} 1`,
    `nv_inference_queue_duration_us{model="${model}",version="1"} ${queueUs}`,
    `nv_inference_pending_request_count{model="${model}",version="1"} ${pending}`,
  ];
  const lines = [...of('all', [3, 12, 0]), ...of('tokens', [3, 5000, 2]), ...of('labels', [2, 500, 1])];
  const http = await serve(t, (_request, response) => response.end(lines.join('\n')));
  deepStrictEqual(await triton.counters(http, 'all', ['tokens', 'labels']), { succeeded: 3, failed: 1, queueUs: 5512, pending: 3 });
  await rejects(triton.counters(http, 'all', ['gone']), { code: 'triton/metrics' });
});

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`;
}
