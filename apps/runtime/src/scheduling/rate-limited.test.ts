import { deepStrictEqual } from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { request } from 'undici';
import { writeModels } from '#adapters/runtime/likeness/models.ts';
import { startRuntime } from '../app.ts';
import type { Log } from '../log.ts';
import { readSettings } from '../settings.ts';

test('with the rate limiter on, a sequence batcher that waits for more gives its turn to others, and runs when the delay is over', async (t) => {
  const repository = writeModels();
  const file = join(repository, 'direct', 'config.pbtxt');
  const limited = 'instance_group [ { count: 1 kind: KIND_CPU rate_limiter { resources [ { name: "R" count: 1 } ] } } ]';
  const config = readFileSync(file, 'utf8')
    .replace(/instance_group .*/, limited)
    .replace('direct { }', 'direct { max_queue_delay_microseconds: 50000 minimum_slot_utilization: 1 }');
  writeFileSync(file, config);
  const settings = readSettings([
    `--model-repository=${repository}`,
    ...['--model-control-mode=explicit', '--load-model=direct', '--rate-limit=execution_count', '--disable-auto-complete-config'],
    ...['--http-address=127.0.0.1', '--http-port=0', '--allow-grpc=false', '--allow-metrics=false'],
  ]);
  if ('problem' in settings) throw new Error(settings.problem);
  const quiet = () => undefined;
  const log: Log = { info: quiet, warning: quiet, error: quiet, show: quiet, fd: 2, close: quiet };
  const app = await startRuntime(settings, log);
  t.after(async () => {
    await app.stop();
    rmSync(repository, { recursive: true, force: true });
  });
  const ask = async (id: number): Promise<number> => {
    const body = {
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1, 1], data: [id] }],
      parameters: { sequence_id: id, sequence_start: true, sequence_end: true },
    };
    const reply = await request(`http://127.0.0.1:${app.httpPort}/v2/models/direct/infer`, { method: 'POST', body: JSON.stringify(body) });
    await reply.body.text();
    return reply.statusCode;
  };
  deepStrictEqual(await Promise.all([ask(1), ask(2), ask(3)]), [200, 200, 200]);
});
