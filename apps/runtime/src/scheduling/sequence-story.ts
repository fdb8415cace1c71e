import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask as askHttp } from '#adapters/runtime/likeness/question.ts';
import type { LikenessServer } from '#adapters/runtime/likeness/servers.ts';
import { type AskedInfer, floats, GrpcClient } from '../grpc/made-up-client.ts';

export type Asked = { readonly start?: boolean; readonly end?: boolean; readonly timeoutMs?: number };

/** What clients do with the sequences of a model, told to a server, for each of these models. */
export type Story = { readonly says: string; readonly models: readonly string[]; readonly tell: (told: Told) => Promise<void> };

/** A story from its beginning, and what was counted in it. Leaves no sequence open. */
export async function toldBy(t: TestContext, server: LikenessServer, model: string, tell: Story['tell']): Promise<unknown> {
  const told = new Told(server, model);
  t.after(() => told.close());
  const before = await told.counts();
  await tell(told);
  const outcomes = await told.outcomes();
  const counts = Object.entries(await told.counts()).map(([name, count]) => [name, count - (before[name] ?? 0)] as const);
  await told.endAll();
  return { outcomes, counts: Object.fromEntries(counts.filter(([, count]) => count !== 0)) };
}

/** Tells one server a story, and keeps how each request ended. */
class Told {
  readonly #server: LikenessServer;
  readonly #model: string;
  readonly #client: GrpcClient;
  readonly #asked = new Map<string, Promise<unknown>>();
  readonly #cancels = new Map<string, () => void>();
  readonly #sequences = new Set<number>();
  readonly #order: string[] = [];
  readonly #more: unknown[] = [];

  constructor(server: LikenessServer, model: string) {
    this.#server = server;
    this.#model = model;
    this.#client = new GrpcClient(Number(server.grpc.split(':')[1]));
  }

  request(sequence: number, { start = false, end = false, timeoutMs = 0 }: Asked = {}): AskedInfer {
    this.#sequences.add(sequence);
    return {
      model_name: this.#model,
      inputs: [{ name: 'x', datatype: 'FP32', shape: [1n, 1n] }],
      raw_input_contents: [floats(1000 * sequence)],
      parameters: new Map([
        ['sequence_id', { int64_param: BigInt(sequence) }],
        ['sequence_start', { bool_param: start }],
        ['sequence_end', { bool_param: end }],
        ['timeout', { int64_param: BigInt(timeoutMs * 1000) }],
      ]),
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

  /** What was asked has come, and runs if it can. */
  async arrived(): Promise<void> {
    await sleep(arrivesMs);
  }

  cancel(name: string): void {
    this.#cancels.get(name)?.();
  }

  stream() {
    return this.#client.stream();
  }

  async ended(...names: readonly string[]): Promise<void> {
    const all = Promise.all(names.map((name) => this.#asked.get(name) ?? Promise.resolve()));
    await Promise.race([all, sleep(patienceMs, undefined, { ref: false })]);
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
    await sleep(countedMs);
    return [...outcomes, ...this.#more];
  }

  /** Ends what is still open; what is not is refused. */
  async endAll(): Promise<void> {
    await Promise.all([...this.#sequences].map((sequence) => this.#client.infer(this.request(sequence, { end: true }))));
    await sleep(countedMs);
  }

  async counts(): Promise<Record<string, number>> {
    const reply = await askHttp(this.#server, ['GET', `/v2/models/${this.#model}/stats`]);
    const { model_stats: all } = JSON.parse(reply.body.toString()) as { model_stats: Counts[] };
    const batches = all.flatMap(({ batch_stats: sizes }) => sizes.map((one) => [`of ${one.batch_size}`, one.compute_infer.count]));
    const sums = all.map(({ inference_count: inferences, execution_count: executions }) => ({ inferences, executions }));
    return Object.assign({}, ...sums, Object.fromEntries([...batches, ...(await this.#failures())]));
  }

  async #failures(): Promise<(readonly [reason: string, count: number])[]> {
    const text = await (await fetch(`${this.#server.metrics}/metrics`)).text();
    const lines = [...text.matchAll(/^nv_inference_request_failure\{model="(\w+)",reason="(\w+)",version="1"\} (\d+)$/gm)];
    return lines.filter(([, model]) => model === this.#model).map(([, , reason = '', count]) => [reason, Number(count)]);
  }

  close(): void {
    this.#client.close();
  }
}

type Counts = {
  readonly inference_count: number;
  readonly execution_count: number;
  readonly batch_stats: readonly { readonly batch_size: number; readonly compute_infer: { readonly count: number } }[];
};

const arrivesMs = 80;
/** A request is answered a moment before it is counted. */
const countedMs = 100;
const patienceMs = 8000;
