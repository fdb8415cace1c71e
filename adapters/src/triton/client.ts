import { Agent, type Dispatcher, request } from 'undici';
import { Fault, wordsOf } from '#core/base/fault.ts';
import type { Ms } from '#core/base/time.ts';
import { type Json, parseJson } from '#core/kserve/json.ts';
import { datatypes, type InferRequest, type InferResponse, type Tensor } from '#core/kserve/tensor.ts';
import type { Answer, IndexEntry, ServerCounters, Triton } from '#core/ports/agent.ts';
import { parsePrometheusText, sumOf } from '#core/signals/prometheus-text.ts';

/** Triton's HTTP protocol, for probes, proofs and trials. `patienceMs` is how long a probe may take; inference brings its own. */
export function httpTriton({ patienceMs = 5000 }: { readonly patienceMs?: Ms } = {}): Triton {
  // Bounded: nothing that a server says may fill the agent's memory. Idle connections go soon, because a stopping Triton waits for them.
  const dispatcher = new Agent({ maxResponseSize: 256 * 1024 * 1024, keepAliveTimeout: 1000 });
  const get = (url: string, limitMs = patienceMs) => ask(url, { dispatcher, method: 'GET' }, limitMs);
  const post = (url: string, body: string, limitMs = patienceMs) => ask(url, { dispatcher, method: 'POST', body }, limitMs);

  return {
    async isLive(http) {
      try {
        return (await get(`${http}/v2/health/live`)).status === 200;
      } catch (thrown) {
        if (thrown instanceof Fault && thrown.code === 'triton/refused') return false;
        throw thrown;
      }
    },
    async metadata(http) {
      const { name, version, extensions } = objectIn(await get(`${http}/v2`), 'the server metadata');
      if (typeof name !== 'string' || typeof version !== 'string') throw garbled('the server metadata', 'has no name or no version');
      return { name, version, extensions: Array.isArray(extensions) ? extensions.map(String) : [] };
    },
    async isModelReady(http, model, version) {
      return (await get(`${http}/v2/models/${model}/versions/${version}/ready`)).status === 200;
    },
    async index(http) {
      const listed = valueIn(await post(`${http}/v2/repository/index`, ''), 'the repository index');
      if (!Array.isArray(listed)) throw garbled('the repository index', 'is no list');
      return (listed as readonly Json[]).map(indexEntry);
    },
    async config(http, model) {
      return objectIn(await get(`${http}/v2/models/${model}/config`), `the configuration of ${model}`);
    },
    async infer(http, model, inferRequest, limitMs) {
      return toAnswer(await post(`${http}/v2/models/${model}/infer`, writeRequest(inferRequest), limitMs));
    },
    async counters(metrics, model, runs = []) {
      const url = metrics.endsWith('/metrics') ? metrics : `${metrics}/metrics`;
      return countersIn(await get(url), model, runs);
    },
  };
}

type Reply = { readonly status: number; readonly body: string };

async function ask(url: string, options: { dispatcher: Dispatcher; method: 'GET' | 'POST'; body?: string }, limitMs: Ms): Promise<Reply> {
  try {
    const reply = await request(url, { ...options, signal: AbortSignal.timeout(limitMs), headersTimeout: 0, bodyTimeout: 0 });
    return { status: reply.statusCode, body: await reply.body.text() };
  } catch (thrown) {
    throw faultOf(url, thrown, limitMs);
  }
}

function faultOf(url: string, thrown: unknown, limitMs: Ms): Fault {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (thrown instanceof Error && thrown.name === 'TimeoutError') {
    return new Fault('triton/timeout', `${url} gave no answer within ${limitMs} ms`, { isRetryable: true, cause: thrown });
  }
  if (code === 'ECONNREFUSED') return new Fault('triton/refused', `nobody listens at ${url}`, { isRetryable: true, cause: thrown });
  return new Fault('triton/broken', `the connection to ${url} broke: ${wordsOf(thrown)}`, { isRetryable: true, cause: thrown });
}

const garbled = (what: string, says: string): Fault => new Fault('triton/garbled', `${what} ${says}`, { isRetryable: false });

/** The JSON of an answer with status 200; any other status is a fault in the server's words. */
function valueIn({ status, body }: Reply, what: string): Json {
  if (status !== 200) throw new Fault('triton/status', `${what}: status ${status}: ${errorIn(body)}`, { isRetryable: status >= 500 });
  const parsed = parseJson(body);
  if ('says' in parsed) throw garbled(what, `is not JSON: ${parsed.says}`);
  return parsed.value;
}

function objectIn(reply: Reply, what: string): { readonly [name: string]: Json } {
  const value = valueIn(reply, what);
  if (!isObject(value)) throw garbled(what, 'is no object');
  return value;
}

const isObject = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Triton's errors are `{"error": ...}`; whoever else answered may say it otherwise. */
function errorIn(body: string): string {
  const parsed = parseJson(body);
  if ('value' in parsed && isObject(parsed.value) && typeof parsed.value.error === 'string') return parsed.value.error;
  return body.slice(0, 500);
}

function indexEntry(entry: Json): IndexEntry {
  if (!isObject(entry) || typeof entry.name !== 'string') throw garbled('the repository index', 'has an entry without a name');
  const { name, version, state, reason } = entry;
  return {
    name,
    ...(typeof version === 'string' ? { version } : {}),
    ...(typeof state === 'string' ? { state } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
  };
}

/** NaN and the infinities go out bare: what JSON.stringify makes of them (null) Triton refuses. */
function writeRequest({ id, inputs }: InferRequest): string {
  const tensors = inputs.map(({ name, datatype, shape, data }) => {
    const isPlain = data.every((value) => typeof value !== 'number' || Number.isFinite(value));
    const elements = isPlain
      ? JSON.stringify(data)
      : `[${data.map((value) => (typeof value === 'number' ? String(value) : JSON.stringify(value))).join()}]`;
    return `{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":${JSON.stringify(shape)},"data":${elements}}`;
  });
  return `{${id === undefined ? '' : `"id":${JSON.stringify(id)},`}"inputs":[${tensors.join()}]}`;
}

function toAnswer(reply: Reply): Answer {
  if (reply.status !== 200) return { status: reply.status, error: errorIn(reply.body) };
  const { id, model_name, model_version, outputs } = objectIn(reply, 'the answer');
  if (typeof model_name !== 'string' || typeof model_version !== 'string' || !Array.isArray(outputs))
    throw garbled('the answer', 'lacks model or outputs');
  const response: InferResponse = {
    model_name,
    model_version,
    outputs: (outputs as readonly Json[]).map(toTensor),
    ...(typeof id === 'string' ? { id } : {}),
  };
  return { status: 200, response };
}

function toTensor(output: Json): Tensor {
  if (!isObject(output)) throw garbled('the answer', 'has an output that is no object');
  const { name, shape, data } = output;
  const datatype = datatypes.find((known) => known === output.datatype);
  const isRead = typeof name === 'string' && datatype !== undefined && areNumbers(shape) && areElements(data);
  if (!isRead) throw garbled('the answer', `has an output that cannot be read: ${typeof name === 'string' ? name : 'without a name'}`);
  return { name, datatype, shape, data };
}

const areNumbers = (value: Json | undefined): value is readonly number[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'number');
const areElements = (value: Json | undefined): value is readonly (number | string | boolean)[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'number' || typeof item === 'string' || typeof item === 'boolean');

/** A model without its series has no counters, which is not the same as zero of everything. */
function countersIn({ status, body }: Reply, model: string, runs: readonly string[]): ServerCounters {
  if (status !== 200) throw new Fault('triton/status', `the metrics: status ${status}`, { isRetryable: true });
  const { samples, broken } = parsePrometheusText(body);
  if (broken.length > 0) throw garbled('the metrics', `cannot be read in line ${broken.slice(0, 5).join(', ')}`);
  const total = (name: string, of = model): number => {
    const sum = sumOf(samples, name, { model: of });
    if (sum === undefined) throw new Fault('triton/metrics', `the metrics have no ${name} of model '${of}'`, { isRetryable: true });
    return sum;
  };
  const totalOfAll = (name: string): number => [model, ...runs].reduce((sum, one) => sum + total(name, one), 0);
  return {
    succeeded: total('nv_inference_request_success'),
    failed: total('nv_inference_request_failure'),
    queueUs: totalOfAll('nv_inference_queue_duration_us'),
    pending: totalOfAll('nv_inference_pending_request_count'),
  };
}
