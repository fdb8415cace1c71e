import { deepStrictEqual } from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { writeSequences } from '#adapters/runtime/likeness/models.ts';
import { ask as askHttp } from '#adapters/runtime/likeness/question.ts';
import { type LikenessServer, startBoth } from '#adapters/runtime/likeness/servers.ts';
import { type AskedInfer, floats, GrpcClient } from '../grpc/made-up-client.ts';

type Asked = { readonly start?: boolean; readonly end?: boolean; readonly timeoutMs?: number };
const start = { start: true };
const end = { end: true };
const whole = { start: true, end: true };

/** `model` stands for each of those that the story is told of. */
type Story = { readonly says: string; readonly models: readonly string[]; readonly tell: (told: Told) => Promise<void> };

const slow = ['direct', 'oldest'];

const stories: readonly Story[] = [
  {
    says: 'a request that is cancelled while its slot runs another ends its sequence, with all that wait behind it',
    models: slow,
    async tell(told) {
      await told.holdsInstance('a', 1, start);
      told.ask('b', 1);
      told.ask('c', 1);
      await told.waiting(2);
      told.cancel('b');
      await told.ended('a', 'c');
      told.ask('d', 1);
      await told.ended('d');
      told.ask('e', 1, start);
    },
  },
  {
    says: 'one in the middle lets those before it run',
    models: slow,
    async tell(told) {
      await told.holdsInstance('a', 1, start);
      for (const name of ['b', 'c', 'd']) told.ask(name, 1);
      await told.waiting(3);
      told.cancel('c');
      await told.ended('b', 'd');
      told.ask('e', 1);
    },
  },
  {
    says: 'of a sequence in the backlog any cancelled request ends all, and the next in the backlog has the slot',
    models: slow,
    async tell(told) {
      await told.holdsInstance('a', 1, start);
      told.ask('b', 2, start);
      told.ask('c', 2);
      await told.waiting(2);
      told.ask('z', 3, start);
      await told.waiting(3);
      told.cancel('c');
      await told.ended('a');
      told.ask('aEnd', 1, end);
      await told.ended('aEnd', 'b', 'z');
      told.ask('d', 2);
    },
  },
  {
    says: 'a stream that is cancelled leaves its slot to others',
    models: slow,
    async tell(told) {
      const stream = told.stream();
      stream.ask(told.request(1, start));
      await told.running();
      stream.ask(told.request(1));
      stream.ask(told.request(2, start));
      await told.waiting(2);
      stream.call.cancel();
      told.ask('other', 3, start);
      await told.ended('other');
      told.ask('sameAgain', 1);
    },
  },
  {
    says: 'a sequence in the backlog waits as long as its first request allows',
    models: slow,
    async tell(told) {
      await told.holdsInstance('a', 1, start);
      told.ask('b', 2, { ...start, timeoutMs: 300 });
      told.ask('c', 2);
      told.ask('patient', 3, { ...start, timeoutMs: 60_000 });
      await told.ended('b', 'c');
      told.ask('d', 2);
      told.ask('aEnd', 1, end);
    },
  },
  {
    says: 'a later one that allows less speaks for the whole sequence',
    models: slow,
    async tell(told) {
      await told.holdsInstance('a', 1, start);
      told.ask('b', 2, { ...start, timeoutMs: 60_000 });
      await told.waiting(1);
      told.ask('c', 2, { timeoutMs: 200 });
      await told.ended('b', 'c');
      told.ask('aEnd', 1, end);
    },
  },
  {
    says: 'in a slot requests wait as long as it takes; it is free as soon as the last one runs',
    models: slow,
    async tell(told) {
      await told.holdsInstance('a', 1, { ...start, timeoutMs: 50 });
      told.ask('aEnd', 1, { ...end, timeoutMs: 50 });
      await told.ended('a');
      await told.running();
      told.ask('b', 2, { ...whole, timeoutMs: 50 });
    },
  },
  {
    says: 'a sequence is idle since its last request came, though it waits or runs',
    models: ['idleDirect', 'idleOldest'],
    async tell(told) {
      await told.holdsInstance('a', 1, start);
      for (const name of ['b', 'c', 'd']) told.ask(name, 1);
      await told.waiting(3);
      told.ask('other', 2, start);
      await told.ended('c');
      told.ask('late', 1);
      await told.ended('d', 'other');
    },
  },
  {
    says: 'a sequence is idle in the backlog too, and is over when its requests there have run',
    models: ['idleDirect', 'idleOldest'],
    async tell(told) {
      await told.holdsInstance('a', 1, start);
      told.ask('b', 2, start);
      await told.waiting(1);
      told.ask('a1', 1);
      await told.ended('a1');
      told.ask('aEnd', 1, end);
      await told.ended('b');
      told.ask('c', 2);
    },
  },
  {
    says: 'a sequence that starts gets the lowest free slot',
    models: ['rows', 'rowsOfTwo'],
    async tell(told) {
      const walk: readonly (readonly [number, Asked])[] = [
        ...[1, 2, 3].map((id) => [id, start] as const),
        [1, end],
        [4, start],
        [2, end],
        [5, start],
        [3, end],
        ...[6, 7].map((id) => [id, start] as const),
        ...[4, 5, 6, 7].map((id) => [id, end] as const),
        [8, start],
      ];
      for (const [step, [id, asked]] of walk.entries()) {
        told.ask(`${step}`, id, asked);
        await told.ended(`${step}`);
      }
    },
  },
  {
    says: 'rows that nobody asked for count for the batch alone',
    models: ['half'],
    async tell(told) {
      told.ask('a', 1, start);
      told.ask('b', 2, start);
      await told.ended('a', 'b');
      told.ask('c', 2);
      await told.ended('c');
    },
  },
  {
    says: 'a start before the end is a conflict, and both sequences run',
    models: slow,
    async tell(told) {
      told.ask('a', 77, start);
      await told.ended('a');
      told.ask('b', 77, start);
      await told.ended('b');
      told.log(/conflict/);
    },
  },
  {
    says: 'the oldest is who has been next in its sequence for longest',
    models: ['oldestInTurn'],
    async tell(told) {
      await told.holdsInstance('1a', 1, start);
      for (const id of [2, 3]) {
        told.ask(`${id}a`, id, start);
        await told.waiting(id - 1);
      }
      for (const id of [1, 2, 3]) {
        told.ask(`${id}b`, id, end);
        await told.waiting(2 + id);
      }
      await told.ended('1a', '2a', '3a', '1b', '2b', '3b');
      told.order();
    },
  },
  {
    says: 'a batch is formed of those that wait while another runs',
    models: ['oldestOfFour'],
    async tell(told) {
      await told.holdsInstance('1a', 1, start);
      for (const id of [2, 3]) told.ask(`${id}a`, id, start);
      await told.waiting(2);
      told.ask('1b', 1);
      await told.waiting(3);
      await told.ended('2a', '3a', '1b');
    },
  },
];

test('sequences end, wait, share batches and give up their slots as with the real tritonserver', async (t) => {
  const repository = writeSequences();
  t.after(() => rmSync(repository, { recursive: true, force: true }));
  const both = await startBoth([repository], ['--model-control-mode=explicit']);
  if ('skip' in both) return t.skip(both.skip);
  t.after(() => Promise.all(both.map((one) => one.stop())));
  for (const { says, models, tell } of stories) {
    for (const model of models) {
      await t.test(`${says}: ${model}`, async (one) => {
        const once = () => Promise.all(both.map((server) => toldBy(one, server, model, tell)));
        let [mine, real] = await once();
        // On a busy machine a request reaches one of them late: what differs is told again, and must then be the same.
        for (let tries = 1; tries < 3 && !isDeepStrictEqual(mine, real); tries += 1) [mine, real] = await once();
        deepStrictEqual(mine, real);
      });
    }
  }
});

/** A story from its beginning, of a model that is loaded for it. */
async function toldBy(t: TestContext, server: LikenessServer, model: string, tell: Story['tell']): Promise<unknown> {
  await change(server, model, 'load');
  const told = new Told(server, model);
  t.after(() => told.close());
  const failuresBefore = await told.failures();
  await tell(told);
  const outcomes = await told.outcomes();
  const counted = Object.entries(await told.failures()).map(([reason, count]) => [reason, count - (failuresBefore[reason] ?? 0)]);
  const failures = Object.fromEntries(counted.filter(([, count]) => count !== 0));
  const statistics = await told.statistics();
  await change(server, model, 'unload');
  return { outcomes, failures, statistics };
}

async function change(server: LikenessServer, model: string, to: 'load' | 'unload'): Promise<void> {
  const reply = await askHttp(server, ['POST', `/v2/repository/models/${model}/${to}`, {}]);
  deepStrictEqual([reply.status, reply.body.toString()], [200, '']);
}

/** Tells one server a story, and keeps how each request ended. */
class Told {
  readonly #server: LikenessServer;
  readonly #model: string;
  readonly #client: GrpcClient;
  readonly #asked = new Map<string, Promise<unknown>>();
  readonly #cancels = new Map<string, () => void>();
  readonly #order: string[] = [];
  readonly #more: unknown[] = [];

  constructor(server: LikenessServer, model: string) {
    this.#server = server;
    this.#model = model;
    this.#client = new GrpcClient(Number(server.grpc.split(':')[1]));
  }

  request(sequence: number, { start = false, end = false, timeoutMs = 0 }: Asked = {}): AskedInfer {
    return {
      model_name: this.#model,
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1n, 1n] }],
      raw_input_contents: [floats(1000 * sequence)],
      parameters: new Map<string, object>([
        ['sequence_id', { int64_param: BigInt(sequence) }],
        ['sequence_start', { bool_param: start }],
        ['sequence_end', { bool_param: end }],
        ...(timeoutMs > 0 ? [['timeout', { int64_param: BigInt(timeoutMs * 1000) }] as const] : []),
      ]) as AskedInfer['parameters'],
    };
  }

  ask(name: string, sequence: number, asked?: Asked): void {
    const onCall = (cancel: () => void): void => void this.#cancels.set(name, cancel);
    const answer = this.#client.infer(this.request(sequence, asked), { onCall }).then(({ code, says, value }) => {
      this.#order.push(name);
      return code === 0 ? [...(value?.raw_output_contents ?? [])].map((bytes) => Buffer.from(bytes).readFloatLE()) : [code, says];
    });
    this.#asked.set(name, answer);
  }

  /** Asks, and gives when it runs. */
  async holdsInstance(name: string, sequence: number, asked: Asked): Promise<void> {
    this.ask(name, sequence, asked);
    await this.running();
  }

  /** A request has reached the instance, and none waits. */
  async running(): Promise<void> {
    await sleep(arrivesMs);
    await this.waiting(0);
  }

  /** So many have come and do not run yet. */
  async waiting(count: number): Promise<void> {
    const line = `nv_inference_pending_request_count{model="${this.#model}",version="1"} ${count}`;
    const deadlineMs = performance.now() + patienceMs;
    while (!(await this.#metrics()).includes(line) && performance.now() < deadlineMs) await sleep(5);
  }

  cancel(name: string): void {
    this.#cancels.get(name)?.();
  }

  stream() {
    return this.#client.stream();
  }

  async ended(...names: readonly string[]): Promise<void> {
    await Promise.race([Promise.all(names.map((name) => this.#asked.get(name))), sleep(patienceMs, undefined, { ref: false })]);
  }

  /** In which order requests ended. */
  order(): void {
    this.#more.push([...this.#order]);
  }

  log(words: RegExp): void {
    const lines = this.#server.log().filter((line) => words.test(line) && line.includes(`'${this.#model}'`));
    this.#more.push(lines.map((line) => [line[0], line.slice(line.indexOf('] ') + 2)]));
  }

  /** How each request has ended, when all have. */
  async outcomes(): Promise<unknown> {
    const never = (name: string) => sleep(patienceMs, [name, 'never'], { ref: false });
    const all = [...this.#asked].map(([name, answer]) => Promise.race([answer.then((outcome) => [name, outcome]), never(name)]));
    const outcomes = await Promise.all(all);
    await this.waiting(0);
    // A request is answered a moment before it is counted.
    await sleep(100);
    return [...outcomes, ...this.#more];
  }

  async failures(): Promise<Record<string, number>> {
    const lines = (await this.#metrics()).matchAll(/^nv_inference_request_failure\{model="(\w+)",reason="(\w+)",version="1"\} (\d+)$/gm);
    return Object.fromEntries(
      [...lines].filter(([, model]) => model === this.#model).map(([, , reason = '', count]) => [reason, Number(count)]),
    );
  }

  async statistics(): Promise<unknown> {
    const reply = await askHttp(this.#server, ['GET', `/v2/models/${this.#model}/stats`]);
    const {
      model_stats: [stats],
    } = JSON.parse(reply.body.toString()) as { model_stats: [Counts] };
    const batches = stats.batch_stats.map(({ batch_size: size, compute_infer: { count } }) => [size, count]);
    return [stats.inference_count, stats.execution_count, batches];
  }

  close(): void {
    this.#client.close();
  }

  async #metrics(): Promise<string> {
    return await (await fetch(`${this.#server.metrics}/metrics`)).text();
  }
}

type Counts = {
  readonly inference_count: number;
  readonly execution_count: number;
  readonly batch_stats: readonly { readonly batch_size: number; readonly compute_infer: { readonly count: number } }[];
};

const arrivesMs = 60;
const patienceMs = 8000;
