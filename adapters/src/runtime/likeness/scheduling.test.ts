import { deepStrictEqual } from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { writeSlowModels } from './models.ts';
import { ask, meaningOf } from './question.ts';
import { type LikenessServer, startBoth } from './servers.ts';

/** One request of a burst: rows, and what it asks for itself. */
type Sent = { readonly rows?: number; readonly width?: number; readonly priority?: number; readonly timeoutUs?: number };

type Burst = {
  readonly model: string;
  readonly says: string;
  readonly sent: readonly Sent[] /** Milliseconds. */;
  readonly apart?: number;
};

const ones = (count: number): readonly Sent[] => Array.from({ length: count }, () => ({}));

/** The first request holds the only instance, or one of two; what the others find is the scheduler's doing. */
const bursts: readonly Burst[] = [
  { model: 'single', says: 'without a batcher each request is a batch', sent: ones(4) },
  { model: 'dynamic', says: 'what waits is batched', sent: ones(9) },
  { model: 'dynamic', says: 'requests of several rows', sent: [{}, { rows: 3 }, { rows: 3 }, { rows: 3 }, { rows: 1 }, { rows: 4 }] },
  { model: 'dynamic', says: 'two shapes share no batch', sent: [{}, {}, {}, { width: 3 }, { width: 3 }, {}, {}] },
  { model: 'preferred', says: 'preferred sizes', sent: ones(10) },
  { model: 'delayed', says: 'a delay waits for more', sent: ones(6) },
  { model: 'ahead', says: 'two batches for each instance are formed before their turn, and the last of them grows', sent: ones(17) },
  { model: 'merged', says: 'batches that waited longer than the delay are run as one', sent: ones(12) },
  { model: 'asleep', says: 'a batch that has waited its delay is left alone until a preferred size can be made', sent: ones(6), apart: 50 },
  { model: 'bounded', says: 'a full queue refuses', sent: ones(6) },
  { model: 'impatient', says: 'who waits too long is refused', sent: ones(4) },
  { model: 'asking', says: 'a request may ask for less patience', sent: [{}, { timeoutUs: 50_000 }, { timeoutUs: 60_000_000 }, {}] },
  { model: 'lenient', says: 'who waits too long goes on waiting behind the others', sent: ones(4) },
  {
    model: 'levels',
    says: 'the more urgent comes first',
    sent: [{}, { priority: 3 }, { priority: 2 }, { priority: 1 }, { priority: 0 }, { priority: 9 }],
  },
  { model: 'ordered', says: 'answers keep the order of their requests', sent: ones(6) },
];

test('requests are queued, batched, refused and ordered as by the real tritonserver', async (t) => {
  const repository = writeSlowModels();
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  const both = await startBoth([repository], ['--disable-auto-complete-config']);
  if ('skip' in both) return t.skip(both.skip);
  t.after(() => Promise.all(both.map((one) => one.stop())));
  for (const burst of bursts) {
    await t.test(burst.says, async () => {
      const once = () => Promise.all(both.map((server) => toldOf(server, burst)));
      let [mine, real] = await once();
      // On a busy machine a request reaches one of them late: what differs is sent again, and must then be the same.
      for (let tries = 1; tries < 4 && !isDeepStrictEqual(mine, real); tries += 1) [mine, real] = await once();
      deepStrictEqual(mine, real);
    });
  }
});

/** How each request ended, in which order they did, and what was executed. */
async function toldOf(server: LikenessServer, { model, sent, apart = apartMs }: Burst): Promise<unknown> {
  const before = await executed(server, model);
  const order: number[] = [];
  const held = sleep(heldMs).then(() => running(server, model));
  const answers = sent.map(async (one, index) => {
    // One after the other, so that both get them in this order; the first alone, until it holds the instance.
    if (index > 0) await held;
    await sleep(index * apart);
    const reply = await ask(server, ['POST', `/v2/models/${model}/infer`, bodyOf(one, index)]);
    order.push(index);
    return reply.status === 200 ? 200 : [reply.status, (meaningOf(reply.body.toString()) as { error: string }).error];
  });
  const ended = await Promise.all(answers);
  const answered = sent.reduce((sum, { rows = 1 }, index) => sum + (ended[index] === 200 ? rows : 0), 0);
  const after = await executedAll(server, model, before.rows + answered);
  const sizes = Object.keys(after.sizes).map((size) => [size, (after.sizes[size] ?? 0) - (before.sizes[size] ?? 0)]);
  return {
    ended,
    // Those of one batch are answered at once, in whichever order.
    order: model === 'levels' || model === 'single' || model === 'lenient' ? order : 'not told',
    rows: after.rows - before.rows,
    sizes: Object.fromEntries(sizes.filter(([, count]) => count !== 0)),
  };
}

const apartMs = 8;
const heldMs = 60;

/** Nothing waits any more: what was sent is at the instance. */
async function running({ metrics }: LikenessServer, model: string): Promise<void> {
  const waiting = new RegExp(`^nv_inference_pending_request_count\\{model="${model}",version="1"\\} 0$`, 'm');
  while (!waiting.test(await (await fetch(`${metrics}/metrics`)).text())) await sleep(5);
}

function bodyOf({ rows = 1, width = 2, priority, timeoutUs }: Sent, index: number): object {
  return {
    id: String(index),
    inputs: [{ name: 'x', datatype: 'FP32', shape: [rows, width], data: Array(rows * width).fill(index) }],
    parameters: { ...(priority === undefined ? {} : { priority }), ...(timeoutUs === undefined ? {} : { timeout: timeoutUs }) },
  };
}

/** A request is answered a moment before it is counted. */
async function executedAll(server: LikenessServer, model: string, rows: number): Promise<Executed> {
  const deadlineMs = performance.now() + 5000;
  for (;;) {
    const seen = await executed(server, model);
    if (seen.rows >= rows || performance.now() > deadlineMs) return seen;
    await sleep(20);
  }
}

type Executed = { readonly rows: number; readonly sizes: Readonly<Record<string, number>> };

async function executed(server: LikenessServer, model: string): Promise<Executed> {
  const reply = await ask(server, ['GET', `/v2/models/${model}/stats`]);
  const { model_stats: stats } = JSON.parse(reply.body.toString()) as {
    model_stats: { inference_count: number; batch_stats: { batch_size: number; compute_infer: { count: number } }[] }[];
  };
  const sizes = (stats[0]?.batch_stats ?? []).map(({ batch_size: size, compute_infer: { count } }) => [String(size), count]);
  return { rows: stats[0]?.inference_count ?? 0, sizes: Object.fromEntries(sizes) };
}
